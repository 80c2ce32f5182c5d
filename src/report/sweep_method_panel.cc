#include "report/method_panel.h"
#include "report/sweep_panels.h"

namespace excise {

Panel sweep_method_panel(const ResultFolder& folder) {
  const auto& manifest = value_at(folder.results, "/manifest");
  Method method{.command = "excise run experiment.toml --out again"};
  method.experiment = experiment_toml(folder, "excise.experiment/1");
  method.caveat.raw(
      "A p-value of one text describes that text: its tokens are not "
      "independent.");
  method.facts = {{"text fingerprint", value_at(manifest, "/text_fingerprint")},
                  {"tokens", folder.n_tokens()},
                  {"passes", value_at(manifest, "/passes")}};
  return method_panel(folder, method);
}

}  // namespace excise
