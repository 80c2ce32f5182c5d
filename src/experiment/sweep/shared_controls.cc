#include "experiment/sweep/shared_controls.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "core/random.h"
#include "intervention/controls.h"
#include "intervention/decomposition.h"
#include "model/forward.h"
#include "model/kept_value.h"

namespace excise {
namespace {

// Of the seed; control_random() has others.
constexpr uint64_t kTextsStream = uint64_t{11} << 31;
constexpr size_t kTokens = 256;

Matrix<float> rows_of(std::vector<Matrix<float>> texts) {
  size_t rows = 0;
  for (const Matrix<float>& text : texts) rows += text.rows();
  auto all = Matrix<float>::uninitialized(rows, texts.front().cols());
  size_t row = 0;
  for (const Matrix<float>& text : texts) {
    for (size_t t = 0; t < text.rows(); ++t)
      std::ranges::copy(text.row(t), all.row(row++).begin());
  }
  return all;
}

}  // namespace

std::vector<size_t> drawn_texts(std::span<const size_t> tokens, uint64_t seed) {
  std::vector<size_t> order(tokens.size());
  std::iota(order.begin(), order.end(), size_t{0});
  Random(seed, kTextsStream).shuffle(order);
  size_t drawn = 0, count = 0;
  while (count < order.size() && drawn < kTokens)
    drawn += tokens[order[count++]];
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

Result<SharedControls> shared_controls(const Model& model,
                                       const LayerBases& bases,
                                       std::span<const size_t> layers,
                                       std::span<const ControlDraw> draws,
                                       std::span<const std::vector<int>> texts,
                                       const Progress& progress) {
  const Spec& spec = bases.spec();
  std::vector<std::vector<Matrix<float>>> values(layers.size());
  std::vector<int> classes;
  Progress within = progress;
  within.report = nullptr;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<int>& ids = texts[i];
    if (progress.report) progress.report("texts for controls", i, texts.size());
    const std::vector<int> of_text = EXCISE_TRY(bases.classes_of(model, ids));
    classes.insert(classes.end(), of_text.begin(), of_text.end());
    std::vector<Hook> hooks;
    for (size_t l = 0; l < layers.size(); ++l) {
      hooks.push_back(keep_value(hook_name({spec.hook, layers[l]}),
                                 values[l].emplace_back()));
    }
    EXCISE_TRY(run_forward(model.config, model.weights, ids, hooks, within));
  }
  std::set<Cell> cells;
  for (const ControlDraw& draw : draws) cells.insert(draw.cell);
  SharedControls shared;
  for (size_t l = 0; l < layers.size(); ++l) {
    const Matrix<float> value = rows_of(std::move(values[l]));
    const auto basis = EXCISE_TRY(bases.at(layers[l], value, classes));
    const Removed removed = EXCISE_TRY(removed_by(*basis, value, spec.remove));
    SharedSpace& space = shared[layers[l]];
    space.row_space =
        std::move(EXCISE_TRY(activation_space(*basis, value)).row_space);
    for (const Cell cell : cells) {
      space.of_change[cell] = directions_of_change(
          exact_change(*basis, value, removed, mean_exchange_of(cell)),
          space.row_space);
    }
  }
  if (progress.report)
    progress.report("texts for controls", texts.size(), texts.size());
  return shared;
}

}  // namespace excise
