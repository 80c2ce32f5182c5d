#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/terminal.h"
#include "io/utf8.h"
#include "model/families/gpt2.h"
#include "model/random_model.h"

namespace excise {
namespace {

struct Options {
  std::string preset = "gpt2", dtype = "f32", out;
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

Status make_model(const Options& options) {
  const ModelConfig config = EXCISE_TRY(gpt2_preset(options.preset));
  const DType dtype = EXCISE_TRY(parse_weight_dtype(options.dtype));
  ProgressBar bar(detect_terminal().err && !options.quiet);
  Progress progress;
  progress.cancelled = interruption();
  progress.report = [&bar](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  EXCISE_CHECK(
      write_random_model(config, dtype, options.seed, options.out, progress));
  bar.clear();
  if (!options.quiet) {
    print_out("{}: {} layers, {} wide, random weights ({}, seed {})\n",
              shown(options.out), config.n_layers, config.d_model,
              options.dtype, options.seed);
  }
  return {};
}

}  // namespace

void add_make_model(Command program) {
  Command command =
      program.add_command("make-model", "write a GPT-2 with random weights");
  auto options = std::make_shared<Options>();
  command
      .add_option("--preset", options->preset,
                  "gpt2, gpt2-medium, gpt2-large or gpt2-xl")
      .show_default();
  command.add_option("--dtype", options->dtype, "f32, f16 or bf16")
      .show_default();
  command.add_option("--seed", options->seed, "of the random weights")
      .type("N")
      .show_default();
  command.add_option("--out", options->out, "the folder to write").required();
  command.add_flag("--quiet", options->quiet, "no progress, no closing line");
  command.footer(
      "Examples:\n"
      "  excise make-model --preset gpt2 --out random-gpt2\n"
      "  excise make-model --preset gpt2-xl --dtype bf16 --out random-xl");
  command.set_action([options] { return make_model(*options); });
}

}  // namespace excise
