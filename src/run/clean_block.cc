#include "run/clean_block.h"

#include <array>

namespace excise {
namespace {

// Values in the order in which a block makes them: a step that changes one in
// place makes another.
struct Versions {
  explicit Versions(const ModelConfig& config) {
    std::array<size_t, kValues> latest = {};
    const auto make = [&](Value value) {
      latest[static_cast<size_t>(value)] = widths.size();
      widths.push_back(value_width(config, value));
      is_kept.push_back(false);
    };
    make(Value::kStream);
    for (const BlockStep& step : block_steps(config)) {
      in_of.push_back(latest[static_cast<size_t>(step.in)]);
      with_of.push_back(
          latest[static_cast<size_t>(step.with.value_or(step.in))]);
      make(step.out);
      out_of.push_back(widths.size() - 1);
      if (!is_nonlinear(step.kind)) continue;
      is_kept[in_of.back()] = is_kept[out_of.back()] = true;
      if (step.with) is_kept[with_of.back()] = true;
    }
  }
  std::vector<size_t> widths;
  std::vector<bool> is_kept;  // by a nonlinear step
  std::vector<size_t> in_of, with_of, out_of;
};

}  // namespace

CleanBlock::CleanBlock(const ModelConfig& config, size_t tokens,
                       std::span<const Branch> branches) {
  Versions versions(config);
  const auto steps = block_steps(config);
  if (any_at(branches, HookPoint::kResidPre)) versions.is_kept.front() = true;
  for (size_t s = 0; s < steps.size(); ++s) {
    if (any_at(branches, steps[s].hook))
      versions.is_kept[versions.out_of[s]] = true;
  }
  for (size_t i = 0; i < versions.widths.size(); ++i) {
    values_.push_back(versions.is_kept[i]
                          ? Matrix<float>(tokens, versions.widths[i])
                          : Matrix<float>());
  }
  in_of_ = std::move(versions.in_of);
  with_of_ = std::move(versions.with_of);
  out_of_ = std::move(versions.out_of);
}

size_t CleanBlock::bytes(const ModelConfig& config, size_t tokens) {
  const Versions versions(config);
  size_t width = config.d_model;
  for (size_t i = 0; i < versions.widths.size(); ++i)
    width += versions.is_kept[i] ? versions.widths[i] : 0;
  return tokens * width * sizeof(float);
}

MatrixView<float> CleanBlock::in(size_t step) { return values_[in_of_[step]]; }
MatrixView<float> CleanBlock::with(size_t step) {
  return values_[with_of_[step]];
}
MatrixView<float> CleanBlock::out(size_t step) {
  return values_[out_of_[step]];
}

}  // namespace excise
