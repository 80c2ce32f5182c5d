#include "experiment/concept/concept_effects.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "experiment/executor.h"
#include "intervention/linear_basis.h"

namespace excise {
namespace {

std::vector<size_t> all_components(const Decomposition& basis) {
  std::vector<size_t> components(basis.n_components());
  std::iota(components.begin(), components.end(), size_t{0});
  return components;
}

// log of the summed probability of requests first .. first + count - 1, whose
// log-probabilities are those of the clean run minus `change`.
double log_mass(std::span<const Prediction> clean,
                std::span<const Prediction> change, size_t first,
                size_t count) {
  double mass = 0;
  for (size_t r = first; r < first + count; ++r) {
    mass +=
        std::exp(clean[r].logprob - (change.empty() ? 0 : change[r].logprob));
  }
  return std::log(mass);
}

// Mean over positions of the change of log_mass.
double mass_change(std::span<const Prediction> clean,
                   std::span<const Prediction> change, size_t first,
                   size_t words, size_t stride) {
  if (words == 0) return 0;
  double sum = 0;
  size_t positions = 0;
  for (size_t r = first; r + words <= clean.size(); r += stride) {
    sum += log_mass(clean, {}, r, words) - log_mass(clean, change, r, words);
    ++positions;
  }
  return positions == 0 ? 0 : sum / static_cast<double>(positions);
}

double mean_after_second(std::span<const double> values) {
  // Token 1 is predicted from token 0, which no edit reaches.
  if (values.size() < 3) return 0;
  const auto rest = values.subspan(2);
  return std::accumulate(rest.begin(), rest.end(), 0.0) /
         static_cast<double>(rest.size());
}

}  // namespace

Status concept_change(const Decomposition& basis, ConceptSwitch way,
                      double alpha, MatrixView<const float> value,
                      MatrixView<float> delta) {
  const std::vector<size_t> components = all_components(basis);
  if (way == ConceptSwitch::kOff) {
    EXCISE_CHECK(removal_change(basis, value, components, delta));
    for (size_t t = 0; t < delta.rows(); ++t) {
      for (float& number : delta.row(t)) {
        number = t == 0 ? 0 : static_cast<float>(alpha * double{number});
      }
    }
    return {};
  }
  const LinearParts* parts = linear_parts(basis);
  if (parts == nullptr || parts->class_codes.empty()) {
    return fail(ErrorCode::kUnsupported,
                {.where = "concept",
                 .subject = "switching on",
                 .expected = "a basis that knows the mean codes of its classes",
                 .found = std::string(basis.basis())});
  }
  std::vector<double> push(delta.cols());
  for (size_t k = 0; k < parts->atoms.rows(); ++k) {
    for (size_t j = 0; j < push.size(); ++j) {
      push[j] += alpha * parts->class_codes(0, k) * parts->atoms(k, j);
    }
  }
  for (size_t t = 0; t < delta.rows(); ++t) {
    for (size_t j = 0; j < push.size(); ++j) {
      delta(t, j) = t == 0 ? 0 : static_cast<float>(push[j]);
    }
  }
  return {};
}

Result<TextEffect> measure_text(const Model& model, const ConceptSpec& spec,
                                HookPoint point,
                                std::span<const LayerConcept> layers,
                                std::span<const int> ids,
                                std::span<const int> words,
                                std::span<const int> control_words,
                                const Progress& progress) {
  std::vector<Branch> branches;
  for (const LayerConcept& layer : layers) {
    for (size_t i = 0; i < layer.cells.size(); ++i) {
      branches.push_back({layer.layer, BranchKind::kControl, i, point});
    }
  }
  std::vector<PredictionRequest> requests;
  for (size_t t = 1; t < ids.size(); ++t) {
    for (const int word : words) requests.push_back({t, word});
    for (const int word : control_words) requests.push_back({t, word});
  }
  const auto edit = [&](size_t l, MatrixView<const float> value,
                        std::span<const Branch> some,
                        std::span<const MatrixView<float>> deltas) -> Status {
    const LayerConcept& layer =
        *std::ranges::find(layers, l, &LayerConcept::layer);
    for (size_t b = 0; b < some.size(); ++b) {
      const ConceptCell& cell = layer.cells[some[b].index];
      EXCISE_CHECK(
          concept_change(*layer.basis, cell.way, cell.alpha, value, deltas[b]));
    }
    return {};
  };
  const ExecutorInput input{.config = model.config,
                            .weights = model.weights,
                            .ids = ids,
                            .branches = branches,
                            .edit = edit,
                            .capture = std::nullopt,
                            .requests = requests};
  const ExecutorOutput output = EXCISE_TRY(
      run_wavefront(input, {.memory_limit = spec.memory_limit}, progress));
  TextEffect effect;
  effect.clean_next_token = mean_after_second(output.clean.logprob);
  const size_t stride = words.size() + control_words.size();
  for (const BranchEffect& branch : output.effects) {
    effect.own_words.push_back(mass_change(
        output.clean.requested, branch.requested, 0, words.size(), stride));
    effect.control_words.push_back(mass_change(output.clean.requested,
                                               branch.requested, words.size(),
                                               control_words.size(), stride));
    effect.next_token.push_back(mean_after_second(branch.delta_logprob));
  }
  return effect;
}

}  // namespace excise
