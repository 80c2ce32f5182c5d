// Where the effects of a sweep arise, in numbers (docs/method.md, section 9).
#ifndef EXCISE_EXPERIMENT_SWEEP_PARTS_SUMMARY_H_
#define EXCISE_EXPERIMENT_SWEEP_PARTS_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/findings.h"
#include "math/statistics/bootstrap.h"

namespace excise {

// What an edit's own write does alone, e, beside its whole effect d.
struct DirectSummary {
  MeanTest effect;  // of e, nats
  // 1 - mean d / mean e, with its 95 % interval by Fieller: 1 where later parts
  // make up for all of it, below 0 where they add to it. Absent, with a reason,
  // where the interval of mean e holds 0, or no part is behind the edit.
  std::optional<double> repair;
  std::optional<Interval> interval;
  std::string reason;

  bool has_effect() const;  // the interval of mean e excludes 0
};

// The draws of one control, each counted once.
struct ControlDirect {
  Cell cell = Cell::kPreset;
  Control control = Control::kRandomRank;
  DirectSummary over_draws;
  // Of the edit's mean e among theirs; absent as empirical_p() is, and of a
  // control that is no null.
  std::optional<double> p_two_sided;
};

struct PartsSummary {
  // [1 + 2 n_layers] of the edit's own write, and of the attention and the MLP
  // of each block; the means add up to the mean effect.
  std::vector<MeanTest> shares;
  DirectSummary direct;
  std::optional<DirectSummary> removed;  // of the removal alone
  std::vector<ControlDirect> controls;   // as LayerSummary::controls
  double error = 0;   // largest |sum of shares - effect| of a token
  size_t points = 0;  // most of a token's integral

  // Mean nats of the edit's own write, and by later attention and MLPs.
  std::optional<double> written() const { return shares.front().mean; }
  std::optional<double> by_attn() const;
  std::optional<double> by_mlps() const;
};

// whole, direct: d and e of the same tokens, texts or draws.
Result<DirectSummary> summarize_direct(std::span<const double> whole,
                                       std::span<const double> direct);

// Nothing where parts were not asked for. tested: the positions that count.
Result<std::optional<PartsSummary>> summarize_parts(
    const LayerFindings& findings, std::span<const size_t> tested);

// Sets q over layers of the direct effects, where there are any.
struct LayerSummary;
Status adjust_direct(std::vector<LayerSummary>& layers);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_PARTS_SUMMARY_H_
