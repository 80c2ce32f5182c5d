#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/result_job.h"
#include "cli/terminal.h"
#include "cli/text_source.h"
#include "experiment/common/bundled.h"
#include "fit/basis_fit.h"
#include "fit/fit_json.h"
#include "intervention/bases/registry.h"
#include "io/output_file.h"
#include "io/output_place.h"
#include "io/utf8.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

struct Options {
  ReadingOptions reading;
  std::string model, out;
  FitSpec spec;
  std::optional<std::string> text;
  std::vector<std::string> text_files, class_files;
  // Behind the model: "-", or further files where --text-file is given.
  std::vector<std::string> arguments;
  TextFiles read;  // what those name
  std::optional<std::string> preset, centre, restore;
  std::optional<double> shrinkage;
  bool no_held_out = false, replace = false, json = false, quiet = false;
};

Status take_text(Options& options, const std::string& model_name,
                 FitSpec& spec) {
  FitTextSpec& text = spec.text;
  text.hold_out = !options.no_held_out;
  const auto files =
      EXCISE_TRY(text_file_names(options.text_files, options.arguments, "fit"));
  if (!options.arguments.empty() &&
      (options.text || !options.class_files.empty())) {
    return refuse_fit("text",
                      "one of --text, --text-file with files, --class-file and "
                      "- for standard input",
                      "two of them");
  }
  options.read = EXCISE_TRY(read_texts(files, options.quiet));
  for (const std::string& file : options.class_files) {
    text.texts.push_back(EXCISE_TRY(read_text(file)));
    text.text_is_class = true;
  }
  if (options.text) text.texts.push_back(*options.text);
  std::ranges::copy(options.read.texts, std::back_inserter(text.texts));
  if (text.texts.empty() && model_name == kBundledModel)
    text.texts.emplace_back(bundled_text());
  if (text.texts.empty()) {
    return refuse_fit(
        "text", "--text-file, --text, --class-file or - for standard input",
        "none");
  }
  return {};
}

std::string percent(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", 100 * *value) : "";
}

void print_fit(const BasisFit& fit, const Options& options) {
  const bool classes = fit.hooks.front().fit.accuracy.has_value();
  print_out("{}: {} basis, fitted on {} tokens in {} {}\n\n",
            shown(fit.set.provenance.model), fit.set.basis, fit.fit_tokens,
            fit.fit_windows, fit.fit_windows == 1 ? "window" : "windows");
  print_out("{:<28}{:>10}{:>12}{:>12}", "hook", "components", "energy",
            "held out");
  if (classes)
    print_out("{:>12}{:>12}{:>10}", "told apart", "held out", "chance");
  print_out("\n{:<28}{:>10}{:>12}{:>12}", "", "", "%", "%");
  if (classes) print_out("{:>12}{:>12}{:>10}", "%", "%", "%");
  print_out("\n");
  for (const HookFit& hook : fit.hooks) {
    const auto& test = hook.held_out;
    print_out("{:<28}{:>10}{:>12.1f}{:>12}", hook.hook, hook.components,
              hook.fit.share, test ? fmt::format("{:.1f}", test->share) : "");
    if (classes) {
      print_out("{:>12}{:>12}{:>10}", percent(hook.fit.accuracy),
                test ? percent(test->accuracy) : "",
                percent(test ? test->chance : hook.fit.chance));
    }
    print_out("\n");
  }
  std::string legend =
      "\nenergy: share of the sum of squares about the mean in all components "
      "together.";
  if (classes) {
    legend +=
        " told apart: labelled tokens whose codes are nearest to the "
        "mean of their own class.";
  }
  legend +=
      fit.held_out_tokens > 0
          ? fmt::format(
                " held out: the same on {} tokens in {} windows that were not "
                "fitted on, every fifth{}.",
                fit.held_out_tokens, fit.held_out_windows,
                options.class_files.empty() ? "" : " of a class")
      : options.no_held_out
          ? std::string(" Nothing was held out (--no-held-out).")
          : std::string(
                " Nothing was held out: that takes five windows; --window "
                "makes them shorter.");
  print_out("{}", wrapped(legend, detect_terminal().width));
  for (const HookFit& hook : fit.hooks) {
    if (!hook.note.empty()) {
      print_out("{}",
                wrapped(shown("Note, " + hook.hook + ": " + hook.note + "."),
                        detect_terminal().width));
    }
  }
  print_out("\nBasis: {}\n", shown(options.out));
}

// Before the long work. model: its folder.
Status check_output(const Options& options, const fs::path& model) {
  if (options.out == "-") {
    return refuse_fit("--out", "the name of a file", "-, the standard output",
                      "a basis is read by its name: --basis-file FILE");
  }
  EXCISE_CHECK(check_replaceable(options.out, options.replace));
  std::vector<fs::path> inputs(options.class_files.begin(),
                               options.class_files.end());
  inputs.insert(inputs.end(), options.read.paths.begin(),
                options.read.paths.end());
  inputs.push_back(model);
  const fs::path place = EXCISE_TRY(output_place(options.out));
  EXCISE_CHECK(check_not_input(place, inputs));
  return make_folders(place.parent_path());
}

Status fit(Options& options) {
  FitSpec spec = options.spec;
  spec.options.shrinkage = options.shrinkage;
  EXCISE_CHECK(
      set_fit_basis(options.preset, options.centre, options.restore, spec));
  const auto folder = EXCISE_TRY(locate_model(options.model));
  Model model = EXCISE_TRY(Model::open(folder));
  EXCISE_CHECK(use_reading(options.reading, model));
  const std::string name = model_name(options.model, folder);
  EXCISE_CHECK(take_text(options, name, spec));
  const FitText text = EXCISE_TRY(prepare_fit_text(model, spec.text));
  EXCISE_CHECK(check_output(options, folder));
  ProgressBar bar(detect_terminal().err && !options.quiet && !options.json);
  Progress progress;
  progress.cancelled = interruption();
  progress.report = [&bar](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  BasisFit result = EXCISE_TRY(
      model.weights.file().confirmed(fit_basis(model, spec, text, progress)));
  result.set.provenance.model = name;
  result.set.provenance.program_version = program_version();
  EXCISE_CHECK(progress.check_cancelled());
  EXCISE_CHECK(write_basis_file(result.set, options.out, options.replace));
  bar.clear();
  if (options.json) {
    print_out("{}", file_text(fit_json(result, options.out)));
  } else if (!options.quiet) {
    print_fit(result, options);
  }
  return {};
}

void add_text_options(Command command, Options& options) {
  Command group = command.add_choice(
      "Text", "one of these; the bundled model has a text of its own");
  group
      .add_option("--text-file", options.text_files,
                  "a file with a text of any length, a folder of such files, "
                  "or - for standard input; several, or given again; each is "
                  "cut into windows of the model's context")
      .repeatable()
      .type("FILE");
  group.add_option("--text", options.text, "the text");
  group
      .add_option(
          "--class-file", options.class_files,
          "a text of one class; given once for each class (leace: two or "
          "more, the others: two)")
      .type("FILE")
      .repeatable();
  command
      .add_option("FILES", options.arguments,
                  "-: the text from standard input; with --text-file: further "
                  "files")
      .type("");
}

}  // namespace

void add_fit(Command program) {
  Command command =
      program.add_command("fit", "fit a basis on a text, for later sweeps");
  auto options = std::make_shared<Options>();
  FitSpec& spec = options->spec;
  spec.basis = "svd";
  command
      .add_option("MODEL", options->model,
                  "a model folder, a hub id in the local cache, or baker-7m")
      .type("")
      .required();
  add_text_options(command, *options);
  command.add_option("--basis", spec.basis, basis_names())
      .type("NAME")
      .show_default();
  command
      .add_option("--at", spec.hook,
                  "hook to fit at; * stands for any layer, one basis each")
      .type("HOOK")
      .show_default();
  command
      .add_option("--components", spec.options.components,
                  "how many to fit (default: svd 64, ica and random 16, ged "
                  "1)")
      .type("N");
  command
      .add_option("--class-tokens", spec.text.class_tokens,
                  "a regular expression on token text; once for each class, "
                  "or once: all other tokens are the second class")
      .type("PATTERN")
      .repeatable();
  command
      .add_option("--shrinkage", options->shrinkage,
                  "0 to 1, of the covariance of ged (default 0.01) and leace "
                  "(0)")
      .type("X");
  command
      .add_option("--preset", options->preset,
                  "svd: pca (centre and restore neuron; the default) or "
                  "published")
      .type("NAME");
  command.add_option("--centre", options->centre, "svd: none, neuron or token")
      .type("MEAN");
  command
      .add_option("--restore", options->restore, "svd: none, neuron or token")
      .type("MEAN");
  command
      .add_option("--window", spec.text.window,
                  "tokens that the model reads at once (default: its context, "
                  "2048 at most)")
      .type("N");
  command.add_flag("--no-held-out", options->no_held_out,
                   "fit on every window instead of holding out every fifth");
  command.add_option("--seed", spec.options.seed, "of everything random")
      .type("N")
      .range(0, std::numeric_limits<int64_t>::max())
      .show_default();
  command.add_option("--out", options->out, "the basis file to write")
      .type("FILE")
      .required();
  command.add_flag("--force", options->replace, "replace an earlier file");
  add_reading_options(command, options->reading);
  command.add_flag("--json", options->json, "print as JSON");
  command.add_flag("--quiet", options->quiet, "print nothing but errors");
  command.footer(
      "Examples:\n"
      "  excise fit baker-7m --text-file page.txt --out svd.safetensors\n"
      "  excise fit gpt2 --basis ica --components 32 --text-file book.txt "
      "--out ica.safetensors\n"
      "  excise fit gpt2 --text-file texts/*.txt --out texts.safetensors\n"
      "  excise fit gpt2 --basis leace --class-tokens '^ he$' --class-tokens "
      "'^ she$' \\\n      --text-file book.txt --out he-she.safetensors\n"
      "  excise fit gpt2 --basis diff-means --class-file good.txt --class-file "
      "bad.txt \\\n      --at blocks.5.hook_resid_post --out good.safetensors\n"
      "  excise sweep gpt2 --basis-file svd.safetensors --text \"The dog.\"");
  command.set_action([options] { return fit(*options); });
}

}  // namespace excise
