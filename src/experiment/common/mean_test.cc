#include "experiment/common/mean_test.h"

#include <vector>

#include "math/statistics/benjamini_hochberg.h"

namespace excise {

Status adjust_over_layers(std::span<MeanTest* const> tests) {
  std::vector<std::optional<double>> p;
  for (const MeanTest* test : tests) p.push_back(test->p);
  const auto q = EXCISE_TRY(benjamini_hochberg(p));
  for (size_t i = 0; i < tests.size(); ++i) tests[i]->q = q[i];
  return {};
}

}  // namespace excise
