#include <memory>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/field_options.h"
#include "cli/median_job.h"

namespace excise {
namespace {

struct Options {
  MedianSpec spec;
  ResultOptions output;
  FieldOptions fields{median_fields(spec)};
};

}  // namespace

void add_median(Command program) {
  Command command = program.add_command(
      "median", "set the largest activations of a prompt to their median");
  auto options = std::make_shared<Options>();
  add_model_argument(command, options->spec.model);
  options->fields.declare_others(command);
  add_result_options(command, "median", options->output);
  command.footer(
      "The bundled model has a prompt of its own: \"He shook his\" with "
      "\" head\".\n"
      "Examples:\n"
      "  excise median baker-7m\n"
      "  excise median baker-7m --prompt \"I beg your\" --target \" pardon\" "
      "--random 20\n"
      "  excise median gpt2-xl --prompt \"The Eiffel Tower is in\" "
      "--target \" Paris\" --layers 0-23");
  command.set_action([options]() -> Status {
    EXCISE_CHECK(options->fields.take());
    return run_job(options->spec, options->output);
  });
}

}  // namespace excise
