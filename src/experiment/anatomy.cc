#include "experiment/anatomy.h"

#include <algorithm>
#include <cmath>

#include "math/linalg/column_space.h"
#include "math/linalg/concentration.h"
#include "math/ops/matmul.h"

namespace excise {
namespace {

// The change behind the activation, [tokens, d_mlp].
Matrix<double> changed_activation(HookPoint hook, Activation activation,
                                  MatrixView<const float> value,
                                  MatrixView<const float> delta) {
  if (hook == HookPoint::kMlpPost) return converted<double>(delta);
  Matrix<float> post(value.rows(), value.cols());
  activate_rows(activation, value, post);
  Matrix<float> change(value.rows(), value.cols());
  activation_difference(activation, value, post, delta, change);
  return converted<double>(MatrixView<const float>(change));
}

// Keeps the `count` best of what is offered, best first.
template <typename Better>
void offer(ReadoutToken token, size_t count, Better&& better,
           std::vector<ReadoutToken>& kept) {
  if (kept.size() == count && !better(token, kept.back())) return;
  if (kept.size() == count) kept.pop_back();
  kept.insert(std::upper_bound(kept.begin(), kept.end(), token, better), token);
}

}  // namespace

ComponentAnatomy describe_component(size_t component, std::span<const double> u,
                                    std::span<const double> v) {
  const std::vector<double> left = unit_vector(u);
  const std::vector<double> right = unit_vector(v);
  ComponentAnatomy anatomy;
  anatomy.component = component;
  anatomy.sink_share = sink_share(left);
  anatomy.v_participation = neuron_participation(right);
  for (const size_t j : top_neurons(right, kAnatomyNeurons))
    anatomy.top_neurons.push_back({j, right[j]});
  if (!anatomy.top_neurons.empty()) {
    anatomy.v_max_neuron = anatomy.top_neurons.front().neuron;
    anatomy.v_max_sq = std::pow(anatomy.top_neurons.front().weight, 2);
  }
  return anatomy;
}

std::vector<double> written_direction(HookPoint hook, std::span<const double> v,
                                      MatrixView<const float> W_out) {
  std::vector<double> direction = unit_vector(v);
  if (hook != HookPoint::kMlpPre && hook != HookPoint::kMlpPost)
    return direction;
  std::vector<double> written(W_out.cols());
  for (size_t j = 0; j < direction.size(); ++j) {
    for (size_t i = 0; i < written.size(); ++i)
      written[i] += direction[j] * double{W_out(j, i)};
  }
  return written;
}

Result<DormantShare> dormant_share(HookPoint hook, Activation activation,
                                   MatrixView<const float> value,
                                   MatrixView<const float> delta,
                                   MatrixView<const float> W_out) {
  const Matrix<double> change =
      changed_activation(hook, activation, value, delta);
  const ColumnSpaceEnergy energy =
      EXCISE_TRY(column_space_energy(change, W_out));
  double all = 0;
  for (const double x : change.values()) all += x * x;
  DormantShare dormant{std::nullopt, energy.rank};
  if (all > 0) dormant.share = 1 - energy.inside / all;
  return dormant;
}

Status read_out(const Weights& weights, MatrixView<const double> directions,
                std::span<ComponentAnatomy* const> anatomies,
                const Progress& progress) {
  if (anatomies.empty()) return {};
  const StoredTensor& unembedding = weights.unembedding();
  const MatrixView<const float> scale = weights.ln_final_weight();
  Matrix<float> x(directions.rows(), directions.cols());
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t j = 0; j < x.cols(); ++j)
      x(i, j) = static_cast<float>(directions(i, j) * double{scale(0, j)});
  }
  constexpr size_t kBlock = 4096;
  MatmulWeight weight;  // packed: as stored oneDNN builds kernels for 20 ms
  for (size_t first = 0; first < unembedding.rows(); first += kBlock) {
    EXCISE_CHECK(progress.check_cancelled());
    const size_t count = std::min(kBlock, unembedding.rows() - first);
    auto block = Matrix<float>::uninitialized(count, unembedding.cols());
    EXCISE_CHECK(unembedding.copy_rows(first, block));
    Matrix<float> scores(x.rows(), count);
    weight.pack(block.view(), WeightLayout::kOutIn, x.rows());
    EXCISE_CHECK(matmul(x, weight, scores));
    for (size_t i = 0; i < x.rows(); ++i) {
      for (size_t v = 0; v < count; ++v) {
        const ReadoutToken token{static_cast<int>(first + v),
                                 double{scores(i, v)}};
        offer(
            token, kAnatomyTokens,
            [](const auto& a, const auto& b) { return a.score > b.score; },
            anatomies[i]->readout_high);
        offer(
            token, kAnatomyTokens,
            [](const auto& a, const auto& b) { return a.score < b.score; },
            anatomies[i]->readout_low);
      }
    }
  }
  return {};
}

}  // namespace excise
