// Constants that were tried in the place of a component, at one layer.
#ifndef EXCISE_EXPERIMENT_SWEEP_CONSTANT_FINDINGS_H_
#define EXCISE_EXPERIMENT_SWEEP_CONSTANT_FINDINGS_H_

#include <vector>

namespace excise {

struct ConstantEffect {
  double value = 0;                   // what each code was set to
  std::vector<double> delta_logprob;  // [tokens]
};

struct ConstantFindings {
  std::vector<double> codes;  // of the component, at the edited tokens
  // In the order in which they ran. The removal, which sets 0, is one more.
  std::vector<ConstantEffect> tries;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONSTANT_FINDINGS_H_
