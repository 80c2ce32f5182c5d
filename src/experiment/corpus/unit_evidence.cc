#include "experiment/corpus/unit_evidence.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "experiment/sweep/over_units.h"
#include "experiment/sweep/text_evidence.h"

namespace excise {
namespace {

void add_parts(const CorpusSums& units, const SumsLayout& layout,
               const SweepBranches& branches, size_t i,
               LayerFindings& findings) {
  const auto direct = [&](size_t branch) {
    return series_of(units.mean_of(layout.direct(branch)));
  };
  PartsOfEffect& parts = findings.removal.parts;
  parts.direct = direct(branches.removal[i]);
  std::vector<size_t> columns;
  for (size_t p = 0; p < layout.of().parts; ++p)
    columns.push_back(layout.part(i, p));
  const auto means = units.means_of(columns);
  parts.shares = Matrix<double>(means.size(), 1 + units.entries().size());
  for (size_t p = 0; p < means.size(); ++p)
    std::ranges::copy(means[p], parts.shares.row(p).begin() + 1);
  parts.error = units.largest(layout.parts_error(i));
  parts.points = static_cast<size_t>(units.largest(layout.parts_points(i)));
  if (findings.removed)
    findings.removed->parts.direct = direct(*branches.removed[i]);
  size_t branch = branches.first_control[i];
  for (ControlFindings& control : findings.controls) {
    for (size_t r = 0; r < control.delta_logprob.size(); ++r)
      control.direct.push_back(direct(branch++));
  }
}

void add_variants(const CorpusSums& units, const SumsLayout& layout,
                  const SweepBranches& branches, size_t i,
                  LayerFindings& findings) {
  if (branches.variants.empty()) return;
  for (size_t v = 0; v < branches.variants.size(); ++v) {
    const size_t column = layout.sum(branches.first_variant[i] + v, Sum::kD);
    if (branches.variants[v].kind != VariantKind::kWithoutFirst) {
      findings.variants.push_back(series_of(units.mean_of(column)));
      continue;
    }
    const auto sums = units.sums_of({column, layout.behind_first(i)});
    findings.variants.push_back(behind_first_means(sums[0], sums[1]));
  }
  if (!layout.of().halves) return;
  const auto sums =
      units.sums_of({layout.sum(branches.removal[i], Sum::kD),
                     layout.first_half(i), layout.half_tokens(i)});
  std::vector<double> tokens;
  for (const Measured& unit : units.entries()) tokens.push_back(unit.tokens);
  findings.halves =
      halves_of_units("each window", sums[0], sums[1], tokens, sums[2]);
}

}  // namespace

void add_evidence(const CorpusSums& units, const SumsLayout& layout,
                  const SweepBranches& branches, size_t i,
                  LayerFindings& findings) {
  if (layout.of().parts > 0) add_parts(units, layout, branches, i, findings);
  add_variants(units, layout, branches, i, findings);
}

}  // namespace excise
