#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/sweep_job.h"
#include "cli/text_source.h"
#include "experiment/common/bundled.h"
#include "experiment/sweep/spec_toml.h"
#include "experiment/sweep/sweep_edit.h"
#include "intervention/bases/registry.h"
#include "run/edit_place.h"

namespace excise {
namespace {

constexpr const char* kModelHelp =
    "a model folder, a hub id in the local cache, or baker-7m (bundled)";

// Options of sweep as they were typed.
struct SweepOptions {
  SweepJob job;
  std::vector<std::string> texts, text_files;
  std::optional<std::string> ids, standard_input, edit;
  std::string remove = "0", executor = "wavefront", compute = "f32",
              check_rounding = "sample";
  std::string memory_limit = "0", controls, place = "hook_pre";
  std::string coordinates = "clean";
  bool skip_first = false;
  std::optional<size_t> detail_layer;
  std::string cells = "all";
};

Status take_text(const SweepOptions& options, Spec& spec) {
  if (options.standard_input && *options.standard_input != "-") {
    return fail(ErrorCode::kBadInput,
                {.where = "sweep",
                 .subject = "second argument",
                 .expected = "- (the text from standard input)",
                 .found = "\"" + *options.standard_input + "\"",
                 .hint = "a text is given with --text"});
  }
  std::vector<std::string> texts = options.texts;
  if (std::ranges::find(texts, "") != texts.end()) {
    return fail(ErrorCode::kBadInput, {.where = "text",
                                       .subject = "--text",
                                       .expected = "at least one token",
                                       .found = "an empty text"});
  }
  for (const std::string& file : options.text_files)
    texts.push_back(EXCISE_TRY(read_text(file)));
  if (!texts.empty()) {
    spec.text = texts.front();
    spec.further_texts.assign(texts.begin() + 1, texts.end());
  }
  if (options.standard_input) spec.text = EXCISE_TRY(read_text("-"));
  if (options.ids) spec.ids = EXCISE_TRY(parse_ids(*options.ids));
  return {};
}

Status sweep(const SweepOptions& options) {
  SweepJob job = options.job;
  Spec& spec = job.spec;
  EXCISE_CHECK(parse_remove(options.remove, "--remove", spec));
  spec.hook = EXCISE_TRY(parse_edit_place(options.place));
  if (options.edit) {
    EXCISE_CHECK(take_edit(EXCISE_TRY(read_edit(*options.edit)), spec));
    job.name = std::filesystem::path(*options.edit).stem().string();
  }
  spec.coordinates = EXCISE_TRY(parse_coordinates(options.coordinates));
  if (options.skip_first) spec.tokens.positions = "1-";
  spec.controls = EXCISE_TRY(parse_controls(options.controls));
  spec.executor = EXCISE_TRY(parse_executor(options.executor));
  spec.compute = EXCISE_TRY(parse_compute(options.compute));
  spec.check_rounding =
      EXCISE_TRY(parse_check_rounding(options.check_rounding));
  spec.memory_limit = EXCISE_TRY(parse_bytes(options.memory_limit));
  spec.detail_layer = options.detail_layer;
  spec.cells = EXCISE_TRY(parse_cells(options.cells));
  EXCISE_CHECK(take_text(options, spec));
  auto& inputs = job.output.inputs;
  inputs.insert(inputs.end(), options.text_files.begin(),
                options.text_files.end());
  if (options.edit) inputs.emplace_back(*options.edit);
  return run_sweep_job(job);
}

// What an edit file states, so that it cannot be asked for beside it.
constexpr std::array kStatedByEdit = {
    "--preset",    "--centre",     "--restore",    "--remove",
    "--basis",     "--basis-file", "--corpus",     "--class-tokens",
    "--at",        "--class-file", "--components", "--shrinkage",
    "--positions", "--skip-first"};

void add_edit_option(Command command, SweepOptions& options) {
  Option edit =
      command
          .add_option("--edit", options.edit,
                      "measure this edit (docs/formats.md): at the layer of "
                      "its hook, or at each of --layers where that has a *")
          .type("EDIT.toml");
  for (const char* name : kStatedByEdit) {
    edit.excludes(command.option(name));
  }
}

void add_text_options(Command command, SweepOptions& options) {
  Command group = command.add_choice(
      "Text", "at most one kind; the bundled model has a text of its own");
  group
      .add_option("--text", options.texts,
                  "the text; given again, further texts for a test over texts")
      .repeatable();
  group
      .add_option("--text-file", options.text_files,
                  "a file with the text, without the newline at its end; may "
                  "be given again as --text")
      .repeatable()
      .type("FILE");
  group.add_option("--ids", options.ids, "token ids such as 464,3290,318")
      .type("IDS");
  group
      .add_option("STDIN", options.standard_input,
                  "-: the text from standard input")
      .type("");
}

void add_removal_options(Command command, SweepOptions& options) {
  command
      .add_option("--preset", options.job.spec.preset,
                  "published (centre none, restore token; the default) or "
                  "pca (both neuron)")
      .type("NAME");
  command
      .add_option("--centre", options.job.spec.centre,
                  "mean subtracted before: none, neuron or token")
      .type("MEAN");
  command
      .add_option("--restore", options.job.spec.restore,
                  "mean added back: none, neuron or token")
      .type("MEAN");
  command
      .add_option("--remove", options.remove,
                  "components to remove, counted from 0: 0 or 0,1; or a scan: "
                  "each:0-15 (one at a time), cumulative:0-15 (the first k)")
      .type("LIST")
      .show_default();
  command
      .add_option("--layers", options.job.spec.layers,
                  "layers to edit, one after the other: all, 0-11 or 3,5")
      .type("LIST")
      .show_default();
  command
      .add_option("--detail-layer", options.detail_layer,
                  "layer whose matrices are kept whole (default: the "
                  "middle one of those swept)")
      .type("LAYER");
  command
      .add_option("--controls", options.controls,
                  "what the removal is compared with: random-rank, "
                  "norm-matched, neuron-shuffle; with how many draws, as in "
                  "norm-matched=100 (40, the fewest for p < 0.05)")
      .type("LIST");
  command
      .add_option("--cells", options.cells,
                  "all: where a mean is exchanged, also the removal without "
                  "that and that without the removal; preset: both at once "
                  "only")
      .type("NAME")
      .show_default();
}

// Which decomposition, and what it is fitted on.
void add_basis_options(Command command, SweepOptions& options) {
  Spec& spec = options.job.spec;
  BasisSource& source = spec.source;
  const Option basis =
      command
          .add_option("--basis", spec.basis, "decomposition: " + basis_names())
          .type("NAME")
          .show_default();
  command
      .add_option("--basis-file", source.file,
                  "a basis that excise fit wrote, or the folder of a trained "
                  "sae (SAELens)")
      .type("PATH")
      .excludes(basis);
  command
      .add_option("--corpus", source.corpus,
                  "fit on this text; without a text to sweep, on four fifths "
                  "of it, and a window of the rest is swept")
      .type("FILE");
  command
      .add_option("--class-tokens", source.class_tokens,
                  "a regular expression on token text for bases of classes; "
                  "once for each class, or once: the rest is the second class")
      .type("PATTERN")
      .repeatable_without_dots();
  command
      .add_option("--class-file", source.class_files,
                  "the same: a text of one class, once for each class")
      .type("FILE")
      .repeatable_without_dots();
  command
      .add_option("--components", source.components,
                  "how many to fit: ica, random (16), ged (1), svd of a corpus "
                  "(64)")
      .type("N");
  command
      .add_option("--shrinkage", source.shrinkage,
                  "0 to 1, of the covariance of ged (0.01) and leace (0)")
      .type("X");
}

// Which activation of which tokens, and of how many layers at once.
void add_place_options(Command command, SweepOptions& options) {
  Spec& spec = options.job.spec;
  command
      .add_option("--at", options.place,
                  "what is edited: hook_pre, hook_post, hook_mlp_out, "
                  "hook_z, hook_attn_out, hook_resid_pre, hook_resid_mid or "
                  "hook_resid_post of each layer")
      .type("HOOK")
      .show_default();
  const Option positions =
      command
          .add_option("--positions", spec.tokens.positions,
                      "tokens that are edited: all, 1- or 0,5-9")
          .type("LIST")
          .show_default();
  command
      .add_flag("--skip-first", options.skip_first,
                "leave the first token alone: --positions 1-")
      .excludes(positions);
  command
      .add_option("--token-pattern", spec.tokens.pattern,
                  "edit only tokens whose text this regular expression matches")
      .type("REGEX");
  command
      .add_option("--together", spec.together,
                  "layers edited in one more branch: all, 0-3 or 0-3;4-7")
      .type("SETS");
  command
      .add_option("--coordinates", options.coordinates,
                  "of --together, at later layers: what the clean run has, or "
                  "live what the edited run has")
      .type("NAME")
      .show_default();
  command.add_flag(
      "--dormant-share", spec.dormant_share,
      "measure how much of the change the MLP's output cannot see, and print "
      "what each removed direction is");
}

// Those of every experiment, and what only a sweep has, where it always stood.
void declare_sweep_run_options(Command command, SweepOptions& options) {
  Spec& spec = options.job.spec;
  add_seed_option(command, spec.seed);
  command
      .add_option("--permutations", spec.permutations,
                  "draws of the sign-flip test")
      .type("N")
      .show_default();
  add_executor_option(command, options.executor);
  add_compute_option(command, options.compute);
  command
      .add_option("--check-rounding", options.check_rounding,
                  "of bf16, which branches run in f32 too: sample or all")
      .type("NAME")
      .show_default();
  add_memory_limit_option(command, options.memory_limit);
  add_unchecked_threads_option(command, spec.threads);
}

}  // namespace

void add_sweep(Command program) {
  Command command = program.add_command(
      "sweep", "remove components at every layer and measure what it does");
  auto options = std::make_shared<SweepOptions>();
  add_model_argument(command, options->job.spec.model);
  add_text_options(command, *options);
  add_removal_options(command, *options);
  add_basis_options(command, *options);
  add_place_options(command, *options);
  add_edit_option(command, *options);
  declare_sweep_run_options(command, *options);
  add_result_options(command, "<preset>", options->job.output);
  command.footer(
      "Examples:\n"
      "  excise sweep baker-7m\n"
      "  excise sweep ./gpt2 --text \"The dog did nothing in the night-time.\" "
      "--preset pca\n"
      "  excise sweep baker-7m --controls "
      "norm-matched,random-rank\n"
      "  excise sweep baker-7m --edit results/him-her/off.toml\n"
      "  excise sweep gpt2-xl --text-file page.txt --layers 0-23 --remove 0,1 "
      "--out page\n"
      "  head -c 400 page.txt | excise sweep gpt2 - --json");
  command.set_action([options] { return sweep(*options); });
}

void add_reproduce(Command program) {
  Command command = program.add_command(
      "reproduce", "the published protocol with its own text");
  auto job = std::make_shared<SweepJob>();
  job->spec.model = kBundledModel;
  command.add_option("MODEL", job->spec.model, kModelHelp)
      .type("")
      .show_default();
  add_result_options(command, "<preset>", job->output);
  command.footer(
      "The bundled model takes a paragraph of \"Silver Blaze\", every other "
      "model the\nsentences of the article.\n"
      "Examples:\n"
      "  excise reproduce\n"
      "  excise reproduce gpt2-xl --out gpt2-xl-published");
  command.set_action([job]() -> Status {
    SweepJob published = *job;
    published.spec =
        EXCISE_TRY(parse_spec(published_experiment(), "published.toml"));
    published.spec.model = job->spec.model;
    published.default_text = std::move(published.spec.text);
    published.spec.text.clear();
    return run_sweep_job(published);
  });
}

}  // namespace excise
