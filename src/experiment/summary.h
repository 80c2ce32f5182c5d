// The statistics of a sweep (docs/method.md, section 4): per branch, per layer,
// and over layers.
#ifndef EXCISE_EXPERIMENT_SUMMARY_H_
#define EXCISE_EXPERIMENT_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/control_summary.h"
#include "experiment/mean_test.h"
#include "experiment/scan_summary.h"
#include "experiment/sweep.h"
#include "experiment/text_summary.h"
#include "math/statistics/wilcoxon.h"

namespace excise {

// Tests of one series of effects d, one value a token. What cannot be tested is
// absent and the reason says why.
struct EffectTests {
  MeanTest default_n;                 // tokens that an edit can reach
  MeanTest published_n;               // with d_0 = 0
  Wilcoxon wilcoxon;                  // of those of default_n
  std::optional<double> sign_flip_p;  // of those of default_n
};

// What one branch did, in numbers.
struct BranchSummary {
  EffectTests effect;
  double kl_mean = 0;             // nats, over positions
  double top1_changed_share = 0;  // 0 to 1, over positions
  double drift_end = 0;           // after ln_final
  double drift_end_relative = 0;  // to the norm of the clean state
  double drift_resid_final = 0;   // before ln_final
  double drift_resid_final_relative = 0;
};

struct LayerSummary {
  size_t layer = 0;
  double share = 0;  // %
  double value_change = 0;
  double value_change_empty = 0;
  double cov_change = 0;
  double participation_before = 0;
  double participation_after = 0;
  double sink_share = 0;  // u0[0]^2
  double v_max_sq = 0;    // largest v0[j]^2, at v_max_neuron
  size_t v_max_neuron = 0;
  double v_participation = 0;  // 1 / sum v0[j]^4
  BranchSummary removal;
  std::optional<BranchSummary> empty;
  std::optional<EffectTests> net;        // d(K) - d({}), token by token
  std::vector<ControlSummary> controls;  // in the order of Spec::controls
  ScanSummary scan;
  std::optional<OverTexts> over_texts;  // of several texts
};

// Several layers edited in one branch.
struct TogetherSummary {
  std::vector<size_t> layers;
  BranchSummary branch;
  double sum_of_single = 0;  // nats, mean effects of those layers one by one
};

// The sweep in a few numbers; layers count by q of default_n.
struct Headline {
  std::vector<size_t> layers_hurt;    // mean > 0 and q below kSignificance
  std::vector<size_t> layers_helped;  // mean < 0 and q below kSignificance
  std::optional<size_t> worst_layer;  // largest mean effect
  std::vector<size_t> layers_net;     // net effect with q below kSignificance
  // Sum over layers of the mean effect of K = {} over that of the removal, for
  // all layers and without the worst; absent where the removal's sum is not
  // positive or no layer was hurt.
  std::optional<double> mean_alone_share;
  std::optional<double> mean_alone_share_without_worst;
  std::vector<ControlHeadline> controls;  // in the order of Spec::controls
  // Of a scan: layers where its first component hurts most of all.
  std::vector<size_t> layers_first_worst;
  // Of several texts: as layers_hurt, by the test over texts.
  std::vector<size_t> layers_hurt_over_texts;
};

struct Summary {
  std::vector<LayerSummary> layers;       // as in SweepResult::findings
  std::vector<TogetherSummary> together;  // in the order of Spec::together
  ShareVersusT share_vs_t_default_n;
  ShareVersusT share_vs_t_published_n;
  Headline headline;
};

// Effects that are not finite have no tests. Error: interrupted.
Result<Summary> summarize(const SweepResult& result, const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SUMMARY_H_
