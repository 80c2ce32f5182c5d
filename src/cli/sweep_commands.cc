#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/field_options.h"
#include "cli/sweep_job.h"
#include "cli/task_job.h"
#include "cli/text_source.h"
#include "experiment/common/bundled.h"
#include "experiment/sweep/spec_fields.h"
#include "experiment/sweep/spec_toml.h"
#include "experiment/sweep/sweep_edit.h"

namespace excise {
namespace {

constexpr const char* kModelHelp =
    "a model folder, a hub id in the local cache, or baker-7m (bundled)";

// Options of sweep, and what was typed beside its fields.
struct SweepOptions {
  SweepJob job;
  FieldOptions fields{sweep_fields(job.spec)};
  std::vector<std::string> texts, text_files;
  // Behind the model: "-", or further files where --text-file is given.
  std::vector<std::string> arguments;
  std::optional<std::string> edit, swap_file;
  bool skip_first = false;
  TaskSpec task;  // beside what `job` has
  FieldOptions task_fields{task_reading_fields(task)};
};

// The files that texts come from, in the order of the command line; what cannot
// stand beside each other is refused.
Result<std::vector<std::string>> text_files(const SweepOptions& options,
                                            const Spec& spec) {
  const std::vector<std::string> files = EXCISE_TRY(
      text_file_names(options.text_files, options.arguments, "sweep"));
  if (!options.arguments.empty() &&
      (!options.texts.empty() || !spec.ids.empty())) {
    return fail(ErrorCode::kBadInput,
                {.where = "sweep",
                 .subject = "text",
                 .expected = "one of --text, --text-file with files, --ids and "
                             "- for standard input",
                 .found = "two of them"});
  }
  return files;
}

Status take_text(const SweepOptions& options, SweepJob& job) {
  std::vector<std::string> texts = options.texts;
  if (std::ranges::find(texts, "") != texts.end()) {
    return fail(ErrorCode::kBadInput, {.where = "text",
                                       .subject = "--text",
                                       .expected = "at least one token",
                                       .found = "an empty text"});
  }
  TextFiles files = EXCISE_TRY(
      read_texts(EXCISE_TRY(text_files(options, job.spec)), job.output.quiet));
  job.output.inputs.insert(job.output.inputs.end(), files.paths.begin(),
                           files.paths.end());
  job.spec.text_names.resize(texts.size());
  std::ranges::move(files.names, std::back_inserter(job.spec.text_names));
  std::ranges::move(files.texts, std::back_inserter(texts));
  if (!texts.empty()) {
    job.spec.text = texts.front();
    job.spec.further_texts.assign(texts.begin() + 1, texts.end());
  }
  return {};
}

// The other text of a swap, where it is a file.
Status take_swap(const SweepOptions& options, SweepJob& job) {
  if (!options.swap_file) return {};
  job.spec.swap = EXCISE_TRY(read_text(*options.swap_file));
  if (*options.swap_file != "-")
    job.output.inputs.emplace_back(*options.swap_file);
  return {};
}

Status sweep(SweepOptions& options) {
  EXCISE_CHECK(options.fields.take());
  EXCISE_CHECK(options.task_fields.take());
  SweepJob& job = options.job;
  EXCISE_CHECK(take_layer(job.spec));
  if (options.edit) {
    EXCISE_CHECK(take_edit(EXCISE_TRY(read_edit(*options.edit)), job.spec));
    job.name = std::filesystem::path(*options.edit).stem().string();
  }
  if (options.skip_first) job.spec.tokens.positions = "1-";
  EXCISE_CHECK(take_text(options, job));
  EXCISE_CHECK(take_swap(options, job));
  if (options.edit) job.output.inputs.emplace_back(*options.edit);
  if (!options.task.task.empty()) {
    static_cast<Spec&>(options.task) = job.spec;
    return run_job(options.task, job.output);
  }
  if (options.task.all_prompts) {
    return fail(ErrorCode::kBadInput, {.where = "sweep",
                                       .subject = "--all-prompts",
                                       .expected = "--task FILE beside it"});
  }
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
                  "a file with the text, without the newline at its end, a "
                  "folder of such files, or - for standard input; several, or "
                  "given again as --text: a test over texts")
      .repeatable()
      .type("FILE");
  options.fields.declare(group, "ids");
  command
      .add_option("FILES", options.arguments,
                  "-: the text from standard input; with --text-file: further "
                  "files")
      .type("");
}

void add_swap(Command command, SweepOptions& options) {
  command
      .add_option("--swap-file", options.swap_file,
                  "the same as --swap, from a file; - is standard input")
      .type("FILE")
      .excludes(command.option("--swap"));
}

void add_task_options(Command command, SweepOptions& options) {
  options.task_fields.declare_others(command);
}

void add_skip_first(Command command, SweepOptions& options) {
  command
      .add_flag("--skip-first", options.skip_first,
                "leave the first token alone: --positions 1-")
      .excludes(command.option("--positions"));
}

}  // namespace

void add_sweep(Command program) {
  Command command = program.add_command(
      "sweep", "remove components at every layer and measure what it does");
  auto options = std::make_shared<SweepOptions>();
  add_model_argument(command, options->job.spec.model);
  add_text_options(command, *options);
  options->fields.declare_others(command);
  command.option("--basis-file").excludes(command.option("--basis"));
  add_skip_first(command, *options);
  add_swap(command, *options);
  add_edit_option(command, *options);
  add_task_options(command, *options);
  add_result_options(command, "<preset>", options->job.output);
  command.footer(
      "Examples:\n"
      "  excise sweep baker-7m\n"
      "  excise sweep ./gpt2 --text \"The dog did nothing in the night-time.\" "
      "--preset pca\n"
      "  excise sweep baker-7m --controls "
      "norm-matched,random-rank\n"
      "  excise sweep baker-7m --text \"The boy was at home.\" --swap "
      "\"The girl was at home.\"\n"
      "  excise sweep baker-7m --edit results/him-her/off.toml\n"
      "  excise sweep gpt2-xl --text-file page.txt --layers 0-23 --remove 0,1 "
      "--out page\n"
      "  excise sweep gpt2 --text-file texts/*.txt --out over-texts\n"
      "  head -c 400 page.txt | excise sweep gpt2 - --json");
  command.set_action([options] { return sweep(*options); });
}

void add_reproduce(Command program) {
  Command command = program.add_command(
      "reproduce", "the published protocol with its own text");
  auto options = std::make_shared<SweepOptions>();
  SweepJob& job = options->job;
  job.spec.model = kBundledModel;
  command.add_option("MODEL", job.spec.model, kModelHelp)
      .type("")
      .show_default();
  options->fields.declare(command, "bos");
  add_result_options(command, "<preset>", job.output);
  command.footer(
      "The bundled model takes a paragraph of \"Silver Blaze\", every other "
      "model the\nsentences of the article.\n"
      "Examples:\n"
      "  excise reproduce\n"
      "  excise reproduce gpt2-xl --out gpt2-xl-published");
  command.set_action([options]() -> Status {
    EXCISE_CHECK(options->fields.take());
    const Spec& asked = options->job.spec;
    SweepJob published = options->job;
    published.spec =
        EXCISE_TRY(parse_spec(published_experiment(), "published.toml"));
    published.spec.model = asked.model;
    published.spec.reading = asked.reading;
    published.default_text = std::move(published.spec.text);
    published.spec.text.clear();
    return run_sweep_job(published);
  });
}

}  // namespace excise
