#include "run/difference_memory.h"

#include <algorithm>

namespace excise {
namespace {

// What is only added to the stream has no memory, unless a branch that has left
// the clean run below is edited there.
bool is_kept(std::span<const BlockStep> steps, size_t s,
             std::span<const Branch> branches) {
  return !feeds_stream(steps, s) ||
         std::ranges::any_of(branches, [&](const Branch& branch) {
           return branch.hook == steps[s].hook && !branch.further.empty();
         });
}

bool is_only_projected(std::span<const BlockStep> steps, Value value) {
  return value != Value::kStream &&
         std::ranges::all_of(steps, [value](const BlockStep& step) {
           return !step.reads(value) || step.kind == StepKind::kProject;
         });
}

// What each memory of the plan has to hold.
struct Held {
  bool wide = false, rounded = false;
};

std::vector<Held> held_by(const MemoryPlan& plan, const ModelConfig& config,
                          std::span<const Branch> branches, Compute compute) {
  const auto steps = block_steps(config);
  std::vector<Held> held(plan.widths.size());
  for (size_t s = 0; s < steps.size(); ++s) {
    const auto memory = plan[steps[s].out];
    if (!memory || !is_kept(steps, s, branches)) continue;
    const bool rounds =
        compute == Compute::kBF16 && is_only_projected(steps, steps[s].out);
    held[*memory].rounded |= rounds;
    held[*memory].wide |= !rounds || any_at(branches, steps[s].hook);
  }
  return held;
}

}  // namespace

bool feeds_stream(std::span<const BlockStep> steps, size_t s) {
  return steps[s].kind == StepKind::kProject && s + 1 < steps.size() &&
         steps[s + 1].kind == StepKind::kAdd && steps[s + 1].in == steps[s].out;
}

DifferenceMemory::DifferenceMemory(const ModelConfig& config,
                                   std::span<const Branch> branches,
                                   Compute compute, size_t rows)
    : plan_(memory_plan(config)), memories_(plan_.widths.size()) {
  for (size_t i = 0; i < kValues; ++i) {
    is_rounded_[i] =
        compute == Compute::kBF16 &&
        is_only_projected(block_steps(config), static_cast<Value>(i));
  }
  const std::vector<Held> held = held_by(plan_, config, branches, compute);
  for (size_t i = 0; i < memories_.size(); ++i) {
    const size_t width = plan_.widths[i];
    if (held[i].wide)
      memories_[i].wide = Matrix<float>::uninitialized(rows, width);
    if (held[i].rounded)
      memories_[i].rounded = Matrix<BFloat16>::uninitialized(rows, width);
  }
}

size_t DifferenceMemory::bytes_of_a_row(const ModelConfig& config,
                                        Compute compute) {
  const MemoryPlan plan = memory_plan(config);
  const std::vector<Held> held = held_by(plan, config, {}, compute);
  size_t bytes = 0;
  for (size_t i = 0; i < held.size(); ++i) {
    bytes += plan.widths[i] * ((held[i].wide ? sizeof(float) : 0) +
                               (held[i].rounded ? sizeof(BFloat16) : 0));
  }
  return bytes;
}

MatrixView<float> DifferenceMemory::wide(Value value) {
  return memories_[*plan_[value]].wide;
}

MatrixView<BFloat16> DifferenceMemory::rounded(Value value) {
  return memories_[*plan_[value]].rounded;
}

void DifferenceMemory::clear(Value value, size_t first, size_t end) {
  for (size_t row = first; row < end; ++row) {
    if (is_rounded(value)) {
      std::ranges::fill(rounded(value).row(row), BFloat16{});
    } else {
      std::ranges::fill(wide(value).row(row), 0.0F);
    }
  }
}

}  // namespace excise
