#include "experiment/sweep/warnings.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "experiment/common/sentence_parts.h"
#include "experiment/sweep/audit.h"

namespace excise {
namespace {

void warn_of_repeats(std::span<const int> ids, const std::string& text,
                     std::vector<Warning>& warnings) {
  const double share = repeated_share(ids);
  if (share <= kMostRepeated) return;
  warnings.push_back(
      {"repeated_tokens",
       fmt::format("{:.0f} % of the predictions in {} repeat an earlier one "
                   "(the same token after the same): its tokens are not "
                   "separate observations, and t, p and q are too strong.",
                   100 * share, text)});
}

// The first layer's note in full; those of others differ in numbers only, and
// stand in results.json.
void pass_on_notes(const SweepResult& result, std::vector<Warning>& warnings) {
  std::vector<size_t> layers;
  std::string first;
  for (const LayerFindings& findings : result.findings) {
    if (findings.basis_note.empty()) continue;
    if (layers.empty()) first = findings.basis_note;
    layers.push_back(findings.layer);
  }
  if (layers.empty()) return;
  warnings.push_back(
      {"basis_fit",
       fmt::format("The fit of the basis has a note at {}; at layer {}: {}.",
                   of_layers(layers, result.findings.size()), layers.front(),
                   first)});
}

}  // namespace

double repeated_share(std::span<const int> ids) {
  if (ids.size() < 3) return 0;
  std::set<std::pair<int, int>> seen;
  for (size_t t = 1; t < ids.size(); ++t) seen.insert({ids[t - 1], ids[t]});
  const auto predictions = static_cast<double>(ids.size() - 1);
  return 1 - static_cast<double>(seen.size()) / predictions;
}

std::vector<Warning> warnings_of(const SweepResult& result) {
  std::vector<Warning> warnings;
  const bool several = !result.further_texts.empty();
  warn_of_repeats(result.ids, several ? "text 1" : "the text", warnings);
  for (size_t i = 0; i < result.further_texts.size(); ++i) {
    warn_of_repeats(result.further_texts[i].ids,
                    "text " + std::to_string(i + 2), warnings);
  }
  pass_on_notes(result, warnings);
  if (const size_t n = result.basis.windows_line_ends; n > 0) {
    warnings.push_back(
        {"line_ends",
         fmt::format("{} line end{} of Windows (\\r\\n) in what the basis was "
                     "fitted on {} read as \\n.",
                     n, n == 1 ? "" : "s", n == 1 ? "was" : "were")});
  }
  const size_t not_finite = count_non_finite(result);
  if (not_finite > 0) {
    warnings.push_back(
        {"not_finite",
         not_finite == 1
             ? "1 number is NaN or infinite."
             : fmt::format("{} numbers are NaN or infinite.", not_finite)});
  }
  return warnings;
}

}  // namespace excise
