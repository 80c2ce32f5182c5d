// Where in a layer its branches join, and how those edited there are changed.
#include <algorithm>
#include <vector>

#include "run/wavefront_layer.h"

namespace excise {

size_t WavefrontLayer::joined_before(size_t s,
                                     std::span<const Branch> forks) const {
  if (s > 0) return joined_behind(s - 1, forks);
  return static_cast<size_t>(
      std::ranges::count(forks, HookPoint::kResidPre, &Branch::hook));
}

size_t WavefrontLayer::joined_behind(size_t s,
                                     std::span<const Branch> forks) const {
  size_t joined = joined_before(0, forks);
  for (const BlockStep& step : std::span(steps_).first(s + 1)) {
    if (step.hook)
      joined += std::ranges::count(forks, *step.hook, &Branch::hook);
  }
  return joined;
}

// The branches that fork in this chunk.
std::span<const Branch> WavefrontLayer::forks_of(const Chunk& chunk) {
  const WavefrontStep& step = chunk.step;
  const size_t count = chunk.count - chunk.attending;
  if (count == 0) return {};
  return step.forks.subspan(
      chunk.first + chunk.attending - step.clean_blocks() - step.earlier.size(),
      count);
}

// Those of it that left the clean run below.
std::span<const Branch> WavefrontLayer::earlier_of(const Chunk& chunk) {
  const size_t clean = chunk.has_clean ? 1 : 0;
  if (chunk.attending <= clean) return {};
  return chunk.step.earlier.subspan(
      chunk.first + clean - chunk.step.clean_blocks(), chunk.attending - clean);
}

bool WavefrontLayer::edits_earlier(size_t s, std::span<const Branch> earlier,
                                   const Chunk& chunk) const {
  return steps_[s].hook &&
         std::ranges::any_of(earlier, [&](const Branch& branch) {
           return branch.hook == *steps_[s].hook &&
                  branch.edits(chunk.step.layer);
         });
}

Status WavefrontLayer::see(size_t s, const Chunk& chunk) {
  return see(s, chunk, steps_[s].out);
}

Status WavefrontLayer::see(size_t s, const Chunk& chunk, Value out) {
  if (!steps_[s].hook) return {};
  const std::span<const Branch> forks = forks_of(chunk);
  const size_t before = chunk.attending + joined_before(s, forks);
  const size_t behind = chunk.attending + joined_behind(s, forks);
  if (behind > before) clear_joining(s, before, behind);
  bool edited = false;
  EXCISE_CHECK(edit_at(*steps_[s].hook, chunk, clean_.out(s), out, edited));
  if (!memory_.is_rounded(out)) return {};
  const bool all = edits_earlier(s, chunk.step.earlier, chunk);
  for (size_t row = all ? 0 : before * tokens_; row < behind * tokens_; ++row) {
    round_to_bfloat16(wide(out, chunk, behind).row(row),
                      rounded(out, behind).row(row));
  }
  return {};
}

Status WavefrontLayer::see_input(const Chunk& chunk) {
  bool edited = false;
  EXCISE_CHECK(edit_at(HookPoint::kResidPre, chunk, clean_.in(0),
                       Value::kStream, edited));
  if (edited && chunk.step.entered)
    chunk.step.entered(chunk.first, chunk.count);
  return {};
}

// What joins has no difference in what was made before and is still needed.
void WavefrontLayer::clear_joining(size_t s, size_t before, size_t behind) {
  for (size_t i = 0; i < kValues; ++i) {
    const auto value = static_cast<Value>(i);
    if (value != steps_[s].out && value != Value::kStream &&
        is_live_behind(steps_, s, value))
      memory_.clear(value, before * tokens_, behind * tokens_);
  }
}

Status WavefrontLayer::edit_at(HookPoint hook, const Chunk& chunk,
                               MatrixView<const float> clean, Value out,
                               bool& edited) {
  const WavefrontStep& step = chunk.step;
  std::vector<Branch> branches;
  std::vector<MatrixView<float>> deltas;
  const auto add = [&](size_t block, const Branch& branch) {
    if (branch.hook != hook || !branch.edits(step.layer)) return;
    branches.push_back(branch);
    deltas.push_back(
        wide(out, chunk, block + 1).row_range(block * tokens_, tokens_));
  };
  const std::span<const Branch> earlier = earlier_of(chunk);
  for (size_t i = 0; i < earlier.size(); ++i)
    add((chunk.has_clean ? 1 : 0) + i, earlier[i]);
  const std::span<const Branch> forks = forks_of(chunk);
  for (size_t i = 0; i < forks.size(); ++i) add(chunk.attending + i, forks[i]);
  edited = !branches.empty();
  if (!edited) return {};
  return (*step.edit)(step.layer, clean, branches, deltas);
}

}  // namespace excise
