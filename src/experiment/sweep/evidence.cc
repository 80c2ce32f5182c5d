#include "experiment/sweep/evidence.h"

namespace excise {

Spec with_evidence(Spec spec) {
  if (!spec.evidence) return spec;
  spec.evidence = false;
  spec.parts = true;
  if (spec.controls.empty()) {
    // As many places as one p over all layers takes.
    spec.controls = {{Control::kNormMatched}};
    if (spec.further_texts.empty())
      spec.controls.push_back({Control::kElsewhere, 20});
  }
  if (!spec.variants.empty()) return spec;
  spec.variants = {VariantSet::kKeepOnly};
  if (spec.hook == HookPoint::kMlpPost)
    spec.variants.push_back(VariantSet::kVisible);
  spec.variants.push_back(VariantSet::kRobustness);
  if (spec.remove.size() == 1 && spec.further_texts.empty())
    spec.variants.push_back(VariantSet::kConstant);
  return spec;
}

}  // namespace excise
