#include "math/ops/logit_comparison.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/ops/logit_comparison.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "math/ops/simd-inl.h"

#ifndef EXCISE_LOGIT_COMPARISON_SHARED_
#define EXCISE_LOGIT_COMPARISON_SHARED_
namespace excise {

// What one block adds; excess and raised are good where best is within
// kSafeExponent of the shift.
struct BlockSums {
  float excess;
  float raised;
  float expected_delta;
  float best;
  size_t best_index;
};

}  // namespace excise
#endif  // EXCISE_LOGIT_COMPARISON_SHARED_

HWY_BEFORE_NAMESPACE();
namespace excise {
namespace HWY_NAMESPACE {

// One element at a time and one vector at a time give the same exp, so either
// may do the tail.
BlockSums SumBlock(const float* logits, float shift, const float* e,
                   const float* delta, size_t n) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const size_t lanes = hn::Lanes(d);
  auto excess = hn::Zero(d);
  auto total = hn::Zero(d);
  auto expected = hn::Zero(d);
  auto best = hn::Set(d, -std::numeric_limits<float>::infinity());
  auto best_index = hn::Zero(di);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto change = hn::LoadU(d, delta + i);
    const auto clean = hn::LoadU(d, e + i);
    const auto edited = hn::Add(hn::LoadU(d, logits + i), change);
    const auto raised = exp_or_nan(d, hn::Sub(edited, hn::Set(d, shift)));
    total = hn::Add(total, raised);
    excess = hn::Add(excess, hn::Sub(raised, clean));
    expected = hn::MulAdd(clean, change, expected);
    const auto better = hn::Gt(edited, best);
    best = hn::IfThenElse(better, edited, best);
    best_index =
        hn::IfThenElse(hn::RebindMask(di, better),
                       hn::Iota(di, static_cast<int32_t>(i)), best_index);
  }
  BlockSums sums{hn::GetLane(hn::SumOfLanes(d, excess)),
                 hn::GetLane(hn::SumOfLanes(d, total)),
                 hn::GetLane(hn::SumOfLanes(d, expected)),
                 -std::numeric_limits<float>::infinity(), 0};
  HWY_ALIGN float lane_best[hn::MaxLanes(d)];
  HWY_ALIGN int32_t lane_index[hn::MaxLanes(d)];
  hn::Store(best, d, lane_best);
  hn::Store(best_index, di, lane_index);
  // The first of equals, as std::max_element takes it.
  const auto consider = [&](float value, size_t index) {
    if (value > sums.best || (value == sums.best && index < sums.best_index)) {
      sums.best = value;
      sums.best_index = index;
    }
  };
  for (size_t lane = 0; lane < lanes && i > 0; ++lane) {
    consider(lane_best[lane], static_cast<size_t>(lane_index[lane]));
  }
  const hn::CappedTag<float, 1> one;
  for (; i < n; ++i) {
    const float edited = logits[i] + delta[i];
    const float raised =
        hn::GetLane(exp_or_nan(one, hn::Set(one, edited - shift)));
    sums.raised += raised;
    sums.excess += raised - e[i];
    sums.expected_delta += e[i] * delta[i];
    consider(edited, i);
  }
  return sums;
}

void ExpOf(const float* x, float shift, size_t n, float* y) {
  for_each_vector(n, [&](auto d, size_t i) HWY_ATTR {
    const auto shifted = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, shift));
    hn::StoreU(exp_or_nan(d, shifted), d, y + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace excise
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace excise {
namespace {

HWY_EXPORT(SumBlock);
HWY_EXPORT(ExpOf);

// exp() in float32 is finite up to 88 and none of it is lost down to -87; sums
// of many need room.
constexpr float kSafeExponent = 60;

}  // namespace

void add_logits(std::span<const float> logits, float shift,
                std::span<const float> e, std::span<const float> delta,
                size_t first_token, LogitComparison& sums) {
  const BlockSums block = HWY_DYNAMIC_DISPATCH(SumBlock)(
      logits.data(), shift, e.data(), delta.data(), logits.size());
  if (block.best > sums.best) {
    sums.best = block.best;
    sums.best_token = first_token + block.best_index;
  }
  sums.expected_delta += block.expected_delta;
  if (std::abs(block.best - shift) <= kSafeExponent) {
    sums.excess += block.excess;
    sums.raised += block.raised;
    return;
  }
  for (size_t i = 0; i < logits.size(); ++i) {
    const double edited = double{logits[i]} + double{delta[i]};
    const double raised = std::exp(edited - double{shift});
    sums.excess += raised - double{e[i]};
    sums.raised += raised;
  }
}

void exp_of(std::span<const float> logits, float shift, std::span<float> e) {
  HWY_DYNAMIC_DISPATCH(ExpOf)(logits.data(), shift, logits.size(), e.data());
}

}  // namespace excise
#endif  // HWY_ONCE
