#include "model/block_memory.h"

#include <algorithm>

namespace excise {
namespace {

// From the step that makes a value to the last that reads it.
struct Life {
  size_t made, last_read;
};

std::vector<Life> lives_of(std::span<const BlockStep> steps, Value value) {
  std::vector<Life> lives;
  for (size_t s = 0; s < steps.size(); ++s) {
    if (steps[s].reads(value) && !lives.empty()) lives.back().last_read = s;
    if (steps[s].out == value && !steps[s].reads(value))
      lives.push_back({s, s});
  }
  return lives;
}

bool goes_by_element(StepKind kind) {
  return kind == StepKind::kActivate || kind == StepKind::kGate;
}

// Two lives that meet in one step may share memory where that step goes element
// by element.
bool can_follow(std::span<const BlockStep> steps, const Life& a,
                const Life& b) {
  return a.last_read < b.made || (a.last_read == b.made && a.made < b.made &&
                                  goes_by_element(steps[b.made].kind));
}

bool can_share(std::span<const BlockStep> steps, Value a, Value b) {
  const std::vector<Life> of_b = lives_of(steps, b);
  return std::ranges::all_of(lives_of(steps, a), [&](const Life& x) {
    return std::ranges::all_of(of_b, [&](const Life& y) {
      return can_follow(steps, x, y) || can_follow(steps, y, x);
    });
  });
}

}  // namespace

bool is_live_behind(std::span<const BlockStep> steps, size_t s, Value value) {
  return std::ranges::any_of(lives_of(steps, value), [s](const Life& life) {
    return life.made <= s && s < life.last_read;
  });
}

MemoryPlan memory_plan(const ModelConfig& config) {
  const auto steps = block_steps(config);
  MemoryPlan plan;
  std::vector<std::vector<Value>> held;  // by each memory
  for (size_t i = 0; i < kValues; ++i) {
    const auto value = static_cast<Value>(i);
    if (value == Value::kStream || lives_of(steps, value).empty()) continue;
    const size_t width = value_width(config, value);
    size_t memory = 0;
    const auto fits = [&](Value other) {
      return can_share(steps, value, other);
    };
    while (memory < held.size() && (plan.widths[memory] != width ||
                                    !std::ranges::all_of(held[memory], fits)))
      ++memory;
    if (memory == held.size()) {
      held.emplace_back();
      plan.widths.push_back(width);
    }
    held[memory].push_back(value);
    plan.memory_of[i] = memory;
  }
  return plan;
}

void BlockMemory::resize(const ModelConfig& config, size_t rows) {
  if (rows == rows_) return;
  plan_ = memory_plan(config);
  rows_ = rows;
  memories_.clear();
  for (const size_t width : plan_.widths)
    memories_.push_back(Matrix<float>::uninitialized(rows, width));
}

BlockValues BlockMemory::values(MatrixView<float> stream) {
  BlockValues views;
  for (size_t i = 0; i < kValues; ++i) {
    if (const auto memory = plan_.memory_of[i])
      views[static_cast<Value>(i)] = memories_[*memory].view();
  }
  views[Value::kStream] = stream;
  return views;
}

}  // namespace excise
