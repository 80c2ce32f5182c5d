#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/result_job.h"
#include "cli/terminal.h"
#include "cli/text_source.h"
#include "edit/edit.h"
#include "edit/export_job.h"
#include "experiment/common/bundled.h"
#include "io/output_folder.h"
#include "io/utf8.h"

namespace excise {
namespace {

struct Options {
  ReadingOptions reading;
  std::string model, out;
  std::vector<std::string> edits;
  std::string dtype = "auto";
  std::optional<std::string> text, text_file;
  bool no_check = false;
  bool json = false;
  bool quiet = false;
};

std::string check_text(const ExportCheck& check,
                       const ExportedWeights& weights) {
  std::string text = fmt::format(
      "Check on {} tokens: log p of the next token equals the hooked model's "
      "within {:.1e} nats ({} the limit of {:.0e}), over the whole vocabulary "
      "within {:.1e}; the edit itself changes it by up to {:.2g}.",
      check.tokens, check.worst_next,
      check.worst_next <= kExportLimit ? "within" : "above", kExportLimit,
      check.worst_any, check.edit_effect);
  if (check.worst_next > kExportLimit) {
    text += weights.dtype == DType::kF32
                ? " That is float32 rounding in a model of this size."
                : fmt::format(
                      " {} rounds the edited weights; --dtype f32 keeps "
                      "them.",
                      dtype_name(weights.dtype));
  }
  return text;
}

// The text of the check.
Result<std::vector<int>> check_ids_of(const Options& options,
                                      const Model& model) {
  std::string text(bundled_text());
  if (options.text) text = *options.text;
  if (options.text_file) text = EXCISE_TRY(read_text(*options.text_file));
  return export_check_ids(model, text);
}

Status run_export(const Options& options) {
  const auto source = EXCISE_TRY(locate_model(options.model));
  Model model = EXCISE_TRY(Model::open(source));
  EXCISE_CHECK(use_reading(options.reading, model));
  const auto dtype = EXCISE_TRY(parse_export_dtype(options.dtype, model));
  std::vector<EditSpec> specs;
  for (const std::string& path : options.edits) {
    specs.push_back(EXCISE_TRY(read_edit(path)));
  }
  const std::vector<Edit> edits = EXCISE_TRY(open_edits(specs, model));
  OutputFolder output =
      EXCISE_TRY(OutputFolder::create(options.out, false, ""));

  ProgressBar bar(detect_terminal().err && !options.quiet && !options.json);
  Progress progress;
  progress.cancelled = interruption();
  progress.report = [&](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  std::optional<std::vector<int>> check_ids;
  if (!options.no_check) check_ids = EXCISE_TRY(check_ids_of(options, model));
  const ExportOutcome outcome = EXCISE_TRY(model.weights.file().confirmed(
      export_edited(model, edits, dtype, check_ids,
                    std::string(program_version()), output, progress)));
  const ExportedWeights& weights = outcome.weights;
  const std::optional<ExportCheck>& check = outcome.check;
  EXCISE_CHECK(progress.check_cancelled());
  EXCISE_CHECK(output.commit());
  bar.clear();

  if (options.json) {
    print_out("{}", export_json(model, model_name(options.model, model.path),
                                edits, outcome, options.out));
  } else if (!options.quiet) {
    std::string text = fmt::format("Changed {} (stored as {}).",
                                   fmt::join(weights.changed, ", "),
                                   dtype_name(weights.dtype));
    if (weights.dtype != model.weights.dtype()) {
      text += fmt::format(" The model's own {} cannot hold them exactly.",
                          dtype_name(model.weights.dtype()));
    }
    if (check) text += " " + check_text(*check, weights);
    print_out("{}Model: {}\n", wrapped(shown(text), detect_terminal().width),
              shown(options.out));
  }
  return {};
}

}  // namespace

void add_export(Command program) {
  Command command = program.add_command(
      "export", "write a model with an edit in its weights");
  auto options = std::make_shared<Options>();
  add_model_argument(command, options->model);
  command
      .add_option("--edit", options->edits,
                  "a TOML file that describes an edit; may be given again")
      .type("EDIT.toml")
      .repeatable()
      .required();
  command.add_option("--out", options->out, "the folder to write")
      .type("FOLDER")
      .required();
  command
      .add_option("--dtype", options->dtype,
                  "auto (the model's where it holds the edited weights "
                  "exactly, else f32), same, f32, f16 or bf16")
      .type("TYPE")
      .show_default();
  Command text = command.add_choice("Text of the check",
                                    "at most one; else the bundled text");
  text.add_option("--text", options->text, "the text");
  text.add_option("--text-file", options->text_file, "a file with it")
      .type("FILE");
  command.add_flag("--no-check", options->no_check,
                   "do not compare the written model with the hooked one");
  add_reading_options(command, options->reading);
  command.add_flag("--json", options->json, "what was done as JSON");
  command.add_flag("--quiet", options->quiet, "print nothing but errors");
  command.footer(
      "The folder loads in every program that reads the model it was made "
      "from.\n"
      "Examples:\n"
      "  excise export baker-7m --edit edit.toml --out edited\n"
      "  excise export gpt2-xl --edit edit.toml --dtype f16 --out "
      "gpt2-xl-edited");
  command.set_action([options] { return run_export(*options); });
}

}  // namespace excise
