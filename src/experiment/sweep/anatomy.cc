#include "experiment/sweep/anatomy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/linalg/column_space.h"
#include "math/linalg/concentration.h"
#include "math/ops/matmul.h"
#include "math/ops/row_product.h"

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

Result<Matrix<float>> written_directions(HookPoint hook,
                                         MatrixView<const double> directions,
                                         const SlotTensors& W) {
  Matrix<float> units(directions.rows(), directions.cols());
  for (size_t i = 0; i < units.rows(); ++i) {
    std::ranges::transform(unit_vector(directions.row(i)), units.row(i).begin(),
                           [](double v) { return static_cast<float>(v); });
  }
  if (hook != HookPoint::kMlpPreLinear && hook != HookPoint::kMlpPre &&
      hook != HookPoint::kMlpPost && hook != HookPoint::kZ)
    return units;
  const RowWeight weight =
      EXCISE_TRY(RowWeight::of(W.weight.front(), W.layout));
  Matrix<float> written(units.rows(), weight.outputs());
  EXCISE_CHECK(row_product(units, weight, {}, written));
  return written;
}

Result<DormantShare> dormant_share(HookPoint hook, Activation activation,
                                   MatrixView<const float> value,
                                   MatrixView<const float> delta,
                                   MatrixView<const float> W_out,
                                   MatrixView<const float> factor) {
  Matrix<double> change = changed_activation(hook, activation, value, delta);
  for (size_t t = 0; t < factor.rows(); ++t) {
    for (size_t j = 0; j < factor.cols(); ++j)
      change(t, j) *= double{factor(t, j)};
  }
  const ColumnSpaceEnergy energy =
      EXCISE_TRY(column_space_energy(change, W_out));
  double all = 0;
  for (const double x : change.values()) all += x * x;
  DormantShare dormant{std::nullopt, energy.rank};
  if (all > 0) dormant.share = 1 - energy.inside / all;
  return dormant;
}

Readout::Readout(MatrixView<const float> written,
                 MatrixView<const float> ln_final_weight,
                 std::vector<ComponentAnatomy*> anatomies)
    : x_(written.rows(), written.cols()), anatomies_(std::move(anatomies)) {
  for (size_t i = 0; i < x_.rows(); ++i) {
    for (size_t j = 0; j < x_.cols(); ++j)
      x_(i, j) = written(i, j) * ln_final_weight(0, j);
  }
  // Not by the threads of add_block(), which may not throw.
  for (ComponentAnatomy* anatomy : anatomies_) {
    anatomy->readout_high.reserve(kAnatomyTokens);
    anatomy->readout_low.reserve(kAnatomyTokens);
  }
}

Status Readout::add_block(size_t first, size_t tokens,
                          const UnembeddingProduct& multiply) {
  auto scores = Matrix<float>::uninitialized(x_.rows(), tokens);
  EXCISE_CHECK(multiply(x_, scores));
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < x_.rows(); ++i) {
    for (size_t v = 0; v < tokens; ++v) {
      const ReadoutToken token{static_cast<int>(first + v),
                               double{scores(i, v)}};
      offer(
          token, kAnatomyTokens,
          [](const auto& a, const auto& b) { return a.score > b.score; },
          anatomies_[i]->readout_high);
      offer(
          token, kAnatomyTokens,
          [](const auto& a, const auto& b) { return a.score < b.score; },
          anatomies_[i]->readout_low);
    }
  }
  return {};
}

Status read_out(const Weights& weights, const Progress& progress,
                Readout& readout) {
  const StoredTensor& unembedding = weights.unembedding();
  constexpr size_t kBlock = 4096;
  Matrix<float> block;
  for (size_t first = 0; first < unembedding.rows(); first += kBlock) {
    EXCISE_CHECK(progress.check_cancelled());
    const size_t count = std::min(kBlock, unembedding.rows() - first);
    block = Matrix<float>::uninitialized(count, unembedding.cols());
    EXCISE_CHECK(unembedding.copy_rows(first, block));
    const auto multiply = [&block](MatrixView<const float> of,
                                   MatrixView<float> out) {
      return matmul(of, block, WeightLayout::kOutIn, out);
    };
    EXCISE_CHECK(readout.add_block(first, count, multiply));
  }
  return {};
}

}  // namespace excise
