#include "experiment/lesion/neuron_groups.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "math/statistics/benjamini_hochberg.h"
#include "math/statistics/one_sample_t.h"
#include "model/forward.h"

namespace excise {
namespace {

// Adds sign times the pre-activations of one sentence's word to row `row`.
Status add_side(const Model& model, const SentencePair& pair, bool first,
                size_t row, std::span<const size_t> layers,
                const Progress& progress,
                std::vector<Matrix<float>>& differences) {
  const PlacedWord placed = EXCISE_TRY(
      place_word(model, first ? pair.first : pair.second, pair.line));
  const size_t position = placed.last_token;
  const float sign = first ? 1.0F : -1.0F;
  const Hook hook{
      "blocks.*.mlp.hook_pre",
      [&](const HookSite& site, MatrixView<float> value) -> Status {
        const auto at = std::ranges::find(layers, site.layer);
        if (at == layers.end()) return {};
        const std::span<float> out =
            differences[static_cast<size_t>(at - layers.begin())].row(row);
        const std::span<const float> word = value.row(position);
        for (size_t j = 0; j < out.size(); ++j) out[j] += sign * word[j];
        return {};
      }};
  EXCISE_TRY(run_forward(model.config, model.weights,
                         std::span(placed.ids).first(position + 1), {&hook, 1},
                         progress));
  return {};
}

}  // namespace

Result<std::vector<Matrix<float>>> pair_differences(
    const Model& model, std::span<const SentencePair> pairs,
    std::span<const size_t> layers, const Progress& progress) {
  std::vector<Matrix<float>> differences;
  for (size_t i = 0; i < layers.size(); ++i) {
    differences.emplace_back(pairs.size(), model.config.d_mlp);
  }
  for (size_t row = 0; row < pairs.size(); ++row) {
    for (const bool first : {true, false}) {
      EXCISE_CHECK(add_side(model, pairs[row], first, row, layers, progress,
                            differences));
    }
    progress.advance("pairs", row + 1, pairs.size());
  }
  return differences;
}

Result<NeuronGroups> group_neurons(size_t layer,
                                   MatrixView<const float> differences,
                                   double q_limit) {
  if (differences.rows() < 2) {
    return fail(ErrorCode::kBadInput,
                {.where = "lesion",
                 .subject = "pairs to fit on",
                 .expected = "at least 2",
                 .found = std::to_string(differences.rows())});
  }
  NeuronGroups groups;
  groups.layer = layer;
  std::vector<double> series(differences.rows());
  std::vector<std::optional<double>> p;
  for (size_t j = 0; j < differences.cols(); ++j) {
    for (size_t i = 0; i < series.size(); ++i) series[i] = differences(i, j);
    const OneSampleT test = EXCISE_TRY(one_sample_t(series));
    groups.t.push_back(test.t.value_or(0));
    p.push_back(test.p);
  }
  const auto q = EXCISE_TRY(benjamini_hochberg(p));
  for (size_t j = 0; j < p.size(); ++j) {
    groups.p.push_back(p[j].value_or(1));
    groups.q.push_back(q[j].value_or(1));
    if (groups.q[j] > q_limit || groups.t[j] == 0) continue;
    (groups.t[j] > 0 ? groups.first : groups.second).push_back(j);
  }
  return groups;
}

}  // namespace excise
