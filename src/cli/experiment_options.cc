#include "cli/experiment_options.h"

#include "run/run_options.h"

namespace excise {

void add_model_argument(Command command, std::string& model) {
  command
      .add_option("MODEL", model,
                  "a model folder, a hub id in the local cache, or baker-7m "
                  "(bundled)")
      .type("")
      .required();
}

void add_reading_options(Command command, ReadingOptions& options) {
  command
      .add_option("--bos", options.bos,
                  "what begins a text: auto (the tokenizer's own rule), always "
                  "(its BOS token) or never")
      .type("WHEN")
      .show_default();
  command
      .add_option("--special-tokens", options.special_tokens,
                  "what <|im_end|> and the like are in a text: read (those "
                  "tokens) or text")
      .type("NAME")
      .show_default();
}

Result<TextReading> parse_reading(const ReadingOptions& options) {
  return TextReading{
      .bos = EXCISE_TRY(parse_bos(options.bos)),
      .special = EXCISE_TRY(parse_special_tokens(options.special_tokens))};
}

Status use_reading(const ReadingOptions& options, Model& model) {
  return model.use(EXCISE_TRY(parse_reading(options)));
}

void add_threads_option(Command command, int& threads) {
  command.add_option("--threads", threads, "0: one a core")
      .type("N")
      .range(0, kMaxThreads)
      .show_default();
}

}  // namespace excise
