// The effects of variants, and whether verdicts hold under other choices.
#ifndef EXCISE_EXPERIMENT_SWEEP_VARIANTS_SUMMARY_H_
#define EXCISE_EXPERIMENT_SWEEP_VARIANTS_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/findings.h"
#include "experiment/sweep/variants.h"
#include "math/statistics/ratio_interval.h"

namespace excise {

// A variant at one layer, or the removal on one half of the text.
struct VariantTest {
  std::string id, words;  // as of Variant; "first_half", "the first half"
  bool is_choice = true;
  MeanTest test;  // q over layers
};

struct VariantsSummary {
  std::vector<VariantTest> tests;
  // d(keep only) / d(none kept), where the 95 % interval of the latter is above
  // 0: the part of that cost that is left where the subspace is kept.
  std::optional<RatioOfMeans> left;
  // d(swap) / d(other text) where the latter is not 0, over the tokens behind
  // the first difference: the share of the way to the other text.
  std::optional<RatioOfMeans> way;
  // d(visible) / d(removal).
  std::optional<RatioOfMeans> visible;

  const VariantTest* find(std::string_view id) const;
};

// Below 0: helps; above: hurts; 0: not told apart from 0.
int verdict_of(const MeanTest& test);

// variants: as findings.variants; tested: the positions that count; other_text:
// of a swap. Errors: those of the tests.
Result<VariantsSummary> summarize_variants(
    const LayerFindings& findings, std::span<const Variant> variants,
    std::span<const size_t> tested,
    const std::optional<OtherTextFindings>& other_text = {});

// Sets q over layers, of each variant for itself.
// layers: of each swept layer, with the same variants.
Status adjust_variants(const std::vector<VariantsSummary*>& layers);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_VARIANTS_SUMMARY_H_
