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

void add_threads_option(Command command, int& threads) {
  command.add_option("--threads", threads, "0: one a core")
      .type("N")
      .range(0, kMaxThreads)
      .show_default();
}

}  // namespace excise
