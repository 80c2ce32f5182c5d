// Options that commands share, of experiments and others.
#ifndef EXCISE_CLI_EXPERIMENT_OPTIONS_H_
#define EXCISE_CLI_EXPERIMENT_OPTIONS_H_

#include <string>

#include "cli/command.h"
#include "core/error.h"
#include "model/model.h"

namespace excise {

// MODEL, required.
void add_model_argument(Command command, std::string& model);
// --bos and --special-tokens as they were typed, and what they ask of a model.
struct ReadingOptions {
  std::string bos = "auto", special_tokens = "read";
};
void add_reading_options(Command command, ReadingOptions& options);
// Error bad_input.
Result<TextReading> parse_reading(const ReadingOptions& options);
// The same, also of a model that has no tokenizer.
Status use_reading(const ReadingOptions& options, Model& model);
// --threads.
void add_threads_option(Command command, int& threads);

}  // namespace excise

#endif  // EXCISE_CLI_EXPERIMENT_OPTIONS_H_
