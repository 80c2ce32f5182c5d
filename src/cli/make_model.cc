#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "io/text_file.h"
#include "io/utf8.h"
#include "model/architecture/family.h"
#include "model/families/families.h"
#include "model/families/presets.h"
#include "model/random_model.h"

namespace excise {
namespace {

struct Options {
  std::string preset = "gpt2", config, dtype = "f32", out;
  uint64_t seed = 0;
  bool quiet = false;
};

Result<DType> parse_weight_dtype(const std::string& name) {
  if (name == "f32") return DType::kF32;
  if (name == "f16") return DType::kF16;
  if (name == "bf16") return DType::kBF16;
  return fail(ErrorCode::kBadInput, {.where = "make-model",
                                     .subject = "--dtype",
                                     .expected = "f32, f16 or bf16",
                                     .found = name});
}

constexpr size_t kLongestConfig = size_t{1} << 20;

Status make_model(const Options& options) {
  const DType dtype = EXCISE_TRY(parse_weight_dtype(options.dtype));
  const std::string text =
      options.config.empty()
          ? EXCISE_TRY(preset_config(options.preset, dtype))
          : EXCISE_TRY(read_text_file(options.config, kLongestConfig));
  const ModelConfig config = EXCISE_TRY(parse_config(
      text, options.config.empty() ? options.preset : options.config));
  ProgressBar bar(detect_terminal().err && !options.quiet);
  Progress progress;
  progress.cancelled = interruption();
  progress.report = [&bar](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  EXCISE_CHECK(
      write_random_model(text, dtype, options.seed, options.out, progress));
  bar.clear();
  if (!options.quiet) {
    print_out("{}: {}, {} layers, {} wide, random weights ({}, seed {})\n",
              shown(options.out), config.family->name, config.n_layers,
              config.d_model, options.dtype, options.seed);
  }
  return {};
}

}  // namespace

void add_make_model(Command program) {
  Command command =
      program.add_command("make-model", "write a model with random weights");
  auto options = std::make_shared<Options>();
  command
      .add_option("--preset", options->preset,
                  "a published model, whose shape it gets; see below")
      .show_default();
  command
      .add_option("--config", options->config,
                  "a config.json, whose shape it gets instead")
      .type("FILE");
  command.add_option("--dtype", options->dtype, "f32, f16 or bf16")
      .show_default();
  command.add_option("--seed", options->seed, "of the random weights")
      .type("N")
      .show_default();
  command.add_option("--out", options->out, "the folder to write").required();
  command.add_flag("--quiet", options->quiet, "no progress, no closing line");
  std::string presets;
  for (const std::string_view name : preset_names()) {
    constexpr size_t kColumns = 76;
    const size_t line = presets.size() - (presets.rfind('\n') + 1);
    if (line + name.size() > kColumns) presets += '\n';
    presets += (presets.empty() || presets.ends_with('\n') ? "  " : " ");
    presets += name;
  }
  command.footer(
      "Presets:\n" + presets +
      "\n\nExamples:\n"
      "  excise make-model --preset gpt2 --out random-gpt2\n"
      "  excise make-model --preset llama-3.2-1b --dtype bf16 --out random");
  command.set_action([options] { return make_model(*options); });
}

}  // namespace excise
