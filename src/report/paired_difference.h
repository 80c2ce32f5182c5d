// Whether two results differ: the second's effects minus the first's, paired.
#ifndef EXCISE_REPORT_PAIRED_DIFFERENCE_H_
#define EXCISE_REPORT_PAIRED_DIFFERENCE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "math/statistics/one_sample_t.h"
#include "report/result_folder.h"

namespace excise {

struct PairedLayer {
  size_t layer = 0;
  OneSampleT test = {};          // of other - first against 0, nats a token
  std::optional<double> q = {};  // Benjamini-Hochberg over the layers
  bool equal = false;            // each difference is exactly 0
};

struct PairedDifference {
  std::string reason = {};  // why there is no test; then there are no layers
  size_t pairs = 0;         // tokens, or texts that each layer tests
  size_t of = 0;            // texts that there are
  std::vector<PairedLayer> layers = {};  // that both have swept, ascending
};

// By token: delta_logprob of the tokens that both results test (default_n:
// those behind the first edited one). There where both are of the same ids.
PairedDifference paired_by_token(const ResultFolder& first,
                                 const ResultFolder& other);

// By text: over_texts.means, where both are of the same several texts. Texts
// without a mean in either are left out. nullopt where neither result has
// several texts.
std::optional<PairedDifference> paired_by_text(const ResultFolder& first,
                                               const ResultFolder& other);

// Whether fingerprints show that the models are not the same.
bool other_model(const ResultFolder& first, const ResultFolder& other);

}  // namespace excise

#endif  // EXCISE_REPORT_PAIRED_DIFFERENCE_H_
