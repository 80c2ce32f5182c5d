#include "run/effect_parts.h"

#include <algorithm>
#include <cmath>

#include "math/ops/logit_comparison.h"
#include "run/path_gradient.h"

namespace excise {
namespace {

// Whose gradients are held at once.
constexpr size_t kPlacesAtOnce = 1024;

}  // namespace

EffectPartsPass::EffectPartsPass(const ExecutorInput& input,
                                 const TextRows& texts,
                                 const StreamParts& parts,
                                 const NormParameters& norm,
                                 MatrixView<const float> clean,
                                 MatrixView<const float> normalized)
    : input_(input), texts_(texts), parts_(parts), norm_(norm) {
  for (size_t b = 0; b < input.branches.size(); ++b) {
    if (asks_for_parts(input.branches[b])) asking_.push_back(b);
  }
  if (asking_.empty()) return;
  clean_ = converted<float, float>(clean);
  written_ =
      Matrix<float>::uninitialized(asking_.size() * clean.rows(), clean.cols());
  direct_.resize(asking_.size());
  for (size_t i = 0; i < asking_.size(); ++i) {
    norm_difference(clean, normalized, parts.difference(asking_[i], 0), norm,
                    written_.view().row_range(i * clean.rows(), clean.rows()));
  }
}

ComparedRows EffectPartsPass::direct_rows() {
  return {written_.view(), Compute::kF32, direct_};
}

Status EffectPartsPass::finish(
    std::span<BranchEffect> effects, double tolerance, const Progress& progress,
    const std::function<void(size_t done, size_t all)>& advance) {
  written_ = Matrix<float>();  // the gradients need the memory
  std::vector<Place> places;
  for (size_t i = 0; i < asking_.size(); ++i) {
    const size_t branch = asking_[i];
    PartsOfEffect& parts = effects[branch].parts;
    if (input_.requests.empty()) {
      parts.direct = std::move(direct_[i].delta_logprob);
    } else {
      for (const Prediction& change : direct_[i].requested)
        parts.direct.push_back(change.logprob);
    }
    if (input_.branches[branch].parts != EffectParts::kAll) continue;
    parts.shares =
        Matrix<double>(1 + 2 * input_.config.n_layers, parts.direct.size());
    add_places(branch, places);
  }
  const size_t all = places.size();
  for (const size_t points : kPathPoints) {
    std::vector<Place> rest;
    for (size_t first = 0; first < places.size(); first += kPlacesAtOnce) {
      const auto some = std::span(places).subspan(
          first, std::min(kPlacesAtOnce, places.size() - first));
      EXCISE_CHECK(share(some, points, progress, effects));
      for (const Place& place : some) {
        PartsOfEffect& parts = effects[place.branch].parts;
        parts.points = std::max(parts.points, points);
        const double error = share_error(effects[place.branch], place.entry);
        if (error > tolerance && points != kPathPoints.back()) {
          rest.push_back(place);
        } else {
          parts.error = std::max(parts.error, error);
        }
      }
      if (points == kPathPoints.front()) advance(first + some.size(), all);
    }
    places = std::move(rest);
  }
  return {};
}

void EffectPartsPass::add_places(size_t branch,
                                 std::vector<Place>& places) const {
  for (size_t i = 0; i < input_.requests.size(); ++i) {
    const auto& [position, token] = input_.requests[i];
    places.push_back({branch, position, token, i});
  }
  if (!input_.requests.empty()) return;
  for (size_t t = 0; t < input_.ids.size(); ++t) {
    if (!texts_.is_last(t))
      places.push_back({branch, t, input_.ids[t + 1], t + 1});
  }
}

Status EffectPartsPass::share(std::span<const Place> places, size_t points,
                              const Progress& progress,
                              std::span<BranchEffect> effects) {
  auto gradients = Matrix<float>::uninitialized(places.size(), clean_.cols());
  std::vector<PathRow> rows;
  for (size_t i = 0; i < places.size(); ++i) {
    const auto& [branch, row, token, entry] = places[i];
    const size_t last = parts_.count(branch) - 1;
    rows.push_back({clean_.row(row), parts_.difference(branch, last).row(row),
                    token, gradients.row(i)});
  }
  EXCISE_CHECK(path_gradients(input_.config, input_.weights, norm_, rows,
                              points, progress));
#pragma omp parallel for schedule(static)
  for (size_t i = 0; i < places.size(); ++i) {
    const auto& [branch, row, token, entry] = places[i];
    const size_t first = first_part_behind(input_.branches[branch]);
    Matrix<double>& shares = effects[branch].parts.shares;
    for (size_t d = 0; d < parts_.count(branch); ++d) {
      const auto behind = parts_.difference(branch, d).row(row);
      const auto before = d == 0
                              ? std::span<const float>()
                              : std::span<const float>(
                                    parts_.difference(branch, d - 1).row(row));
      double sum = 0;
      for (size_t j = 0; j < behind.size(); ++j) {
        const double change =
            double{behind[j]} - (before.empty() ? 0 : double{before[j]});
        sum -= double{gradients(i, j)} * change;
      }
      // Row 0 is of the edit's own write, row 1 + p of part p.
      shares(d == 0 ? 0 : first + d, entry) = sum;
    }
  }
  return {};
}

size_t EffectPartsPass::bytes(const ModelConfig& config, size_t tokens,
                              const Branch& branch) {
  if (branch.parts == EffectParts::kNone) return 0;
  const size_t direct =
      tokens * (config.d_model * sizeof(float) + sizeof(LogitComparison) +
                sizeof(float) + 3 * sizeof(double) + 1);
  const size_t shares =
      branch.parts == EffectParts::kAll
          ? (1 + 2 * config.n_layers) * tokens * sizeof(double)
          : 0;
  return direct + shares + StreamParts::bytes(config, tokens, branch);
}

}  // namespace excise
