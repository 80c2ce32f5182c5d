#include "experiment/sweep/variants_summary.h"

#include <algorithm>
#include <utility>

#include "experiment/common/sentence_parts.h"
#include "experiment/common/token_selection.h"
#include "experiment/sweep/effect_tests.h"
#include "experiment/sweep/summary.h"
#include "math/statistics/finite.h"

namespace excise {
namespace {

// The tokens that an edit which spares the first can reach; of units, all that
// variant v has.
std::vector<size_t> without_first(const LayerFindings& findings, size_t v,
                                  std::span<const size_t> tested) {
  if (findings.halves) return tested_tokens({}, findings.variants[v].size());
  std::vector<size_t> rest(tested.begin(), tested.end());
  std::erase_if(rest, [](size_t t) { return t < 2; });
  return rest;
}

Status add_halves(const LayerFindings& findings, std::span<const size_t> tested,
                  VariantsSummary& summary) {
  if (const auto& units = findings.halves) {
    summary.tests.push_back({"first_half", "the first half of " + units->of,
                             true, EXCISE_TRY(test_mean_of(units->means[0]))});
    summary.tests.push_back({"second_half", "the second half of " + units->of,
                             true, EXCISE_TRY(test_mean_of(units->means[1]))});
    return {};
  }
  const size_t half = tested.size() / 2;
  const auto& d = findings.removal.delta_logprob;
  summary.tests.push_back(
      {"first_half", "the first half of the text", true,
       EXCISE_TRY(test_mean_of(chosen(d, tested.first(half))))});
  summary.tests.push_back(
      {"second_half", "the second half of the text", true,
       EXCISE_TRY(test_mean_of(chosen(d, tested.subspan(half))))});
  return {};
}

// above / below, where the interval of the latter is above 0, or on either side
// of it.
Result<std::optional<RatioOfMeans>> ratio(std::span<const double> above,
                                          std::span<const double> below,
                                          bool either_side = false) {
  const MeanTest test = EXCISE_TRY(test_mean_of(below));
  const bool told =
      test.ci_low && (*test.ci_low > 0 || (either_side && *test.ci_high < 0));
  if (!told || !all_finite(above)) return std::optional<RatioOfMeans>();
  return std::optional(EXCISE_TRY(ratio_of_means(above, below)));
}

}  // namespace

const VariantTest* VariantsSummary::find(std::string_view id) const {
  const auto found = std::ranges::find(tests, id, &VariantTest::id);
  return found == tests.end() ? nullptr : &*found;
}

int verdict_of(const MeanTest& test) {
  if (!significant(test) || !test.mean) return 0;
  return *test.mean > 0 ? 1 : -1;
}

Result<VariantsSummary> summarize_variants(
    const LayerFindings& findings, std::span<const Variant> variants,
    std::span<const size_t> tested,
    const std::optional<OtherTextFindings>& other_text) {
  VariantsSummary summary;
  bool has_choices = false;
  std::vector<double> keep_only;
  for (size_t v = 0; v < variants.size(); ++v) {
    const Variant& variant = variants[v];
    std::vector<size_t> counted(tested.begin(), tested.end());
    if (variant.kind == VariantKind::kWithoutFirst)
      counted = without_first(findings, v, tested);
    if (variant.kind == VariantKind::kSwap) counted = other_text->tested;
    const auto d = chosen(findings.variants[v], counted);
    summary.tests.push_back({variant.id, variant.words, variant.is_choice(),
                             EXCISE_TRY(test_mean_of(d))});
    has_choices = has_choices || variant.is_choice();
    if (variant.kind == VariantKind::kKeepOnly) keep_only = d;
    if (variant.kind == VariantKind::kNoneKept)
      summary.left = EXCISE_TRY(ratio(keep_only, d));
    if (variant.kind == VariantKind::kSwap)
      summary.way = EXCISE_TRY(
          ratio(d, chosen(other_text->delta_logprob, counted), true));
    if (variant.kind == VariantKind::kVisible)
      summary.visible =
          EXCISE_TRY(ratio(d, chosen(findings.removal.delta_logprob, tested)));
  }
  if (has_choices) EXCISE_CHECK(add_halves(findings, tested, summary));
  return summary;
}

Status adjust_variants(const std::vector<VariantsSummary*>& layers) {
  const size_t tests = layers.empty() ? 0 : layers.front()->tests.size();
  for (size_t i = 0; i < tests; ++i) {
    std::vector<MeanTest*> over_layers;
    for (VariantsSummary* layer : layers)
      over_layers.push_back(&layer->tests[i].test);
    EXCISE_CHECK(adjust_over_layers(over_layers));
  }
  return {};
}

}  // namespace excise
