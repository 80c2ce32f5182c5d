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

void add_bos_option(Command command, std::string& bos) {
  command
      .add_option("--bos", bos,
                  "what begins a text: auto (the tokenizer's own rule), always "
                  "(its BOS token) or never")
      .type("WHEN")
      .show_default();
}

Status use_bos(const std::string& bos, Model& model) {
  return model.use_bos(EXCISE_TRY(parse_bos(bos)));
}

void add_threads_option(Command command, int& threads) {
  command.add_option("--threads", threads, "0: one a core")
      .type("N")
      .range(0, kMaxThreads)
      .show_default();
}

}  // namespace excise
