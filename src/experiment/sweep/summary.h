// The statistics of a sweep (docs/method.md, section 4): per branch, per layer,
// and over layers.
#ifndef EXCISE_EXPERIMENT_SWEEP_SUMMARY_H_
#define EXCISE_EXPERIMENT_SWEEP_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/common/mean_test.h"
#include "experiment/common/warning.h"
#include "experiment/sweep/constant_summary.h"
#include "experiment/sweep/control_summary.h"
#include "experiment/sweep/parts_summary.h"
#include "experiment/sweep/scan_summary.h"
#include "experiment/sweep/second_opinion.h"
#include "experiment/sweep/sweep.h"
#include "experiment/sweep/text_summary.h"
#include "experiment/sweep/variants_summary.h"
#include "math/statistics/wilcoxon.h"

namespace excise {

// Tests of one series of effects d, one value a token. What cannot be tested is
// absent and the reason says why.
struct EffectTests {
  MeanTest default_n;                 // tokens that an edit can reach
  MeanTest published_n;               // with d_0 = 0
  Wilcoxon wilcoxon;                  // of those of default_n
  std::optional<double> sign_flip_p;  // of those of default_n
  // Of those of default_n, one text's tokens; absent over units of another
  // kind.
  std::optional<SecondOpinion> second;
  std::optional<LargestToken> largest;
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

// How much of what the removal alone costs is undone where the mean is
// exchanged as well: 1 - d(preset) / d(removed), of mean effects. Absent, with
// a reason, where d(removed) is not above 0 with its whole 95 % interval.
struct ShareUndone {
  std::optional<double> share;       // may be below 0 or above 1
  std::optional<Interval> interval;  // 95 %, by Fieller, over tokens
  std::string reason;
};

struct LayerSummary {
  size_t layer = 0;
  std::string basis_note;  // LinearParts::note of the fit; mostly empty
  double share = 0;        // %
  double value_change = 0;
  double cov_change = 0;
  double participation_before = 0;
  double participation_after = 0;
  double sink_share = 0;  // u0[0]^2
  double v_max_sq = 0;    // largest v0[j]^2, at v_max_neuron
  size_t v_max_neuron = 0;
  double v_participation = 0;  // 1 / sum v0[j]^4
  BranchSummary removal;       // the preset
  // The 2 x 2, where all its cells were computed.
  std::optional<BranchSummary> removed;    // the removal alone
  std::optional<BranchSummary> empty;      // the mean exchanged alone
  std::optional<EffectTests> interaction;  // d(preset) - d(removed) - d(empty),
                                           // token by token
  std::optional<ShareUndone> undone;
  std::optional<PartsSummary> parts;  // where they were asked for
  VariantsSummary variants;
  std::optional<ConstantSummary> constant;  // where it was asked for
  std::optional<CellChanges> cells;
  // Those of the preset in the order of Spec::controls, then those of the
  // removal alone.
  std::vector<ControlSummary> controls;
  ScanSummary scan;
  std::optional<OverTexts> over_texts;  // of several texts
};

// Several layers edited in one branch.
struct TogetherSummary {
  std::vector<size_t> layers;
  BranchSummary branch;
  // Nats, mean effects of those layers one by one; absent where one has none.
  std::optional<double> sum_of_single;
};

// The layers of one cell in a few numbers; they count by q of default_n.
struct EffectHeadline {
  std::vector<size_t> layers_hurt;        // mean > 0 and q below kSignificance
  std::vector<size_t> layers_helped;      // mean < 0 and q below kSignificance
  std::optional<size_t> worst_layer;      // largest mean effect, if above 0
  std::optional<size_t> strongest_layer;  // largest |mean effect|
  // Of the layers that hurt or helped: those that the second opinion does not
  // confirm, and those where one token has more than kMuchOfTheSum. Absent
  // where effects are not those of one text's tokens.
  std::optional<std::vector<size_t>> layers_unconfirmed;
  std::optional<std::vector<size_t>> layers_one_token;
};

// The sweep in a few numbers.
struct Headline : EffectHeadline {        // of the preset
  std::optional<EffectHeadline> removed;  // where there are all cells
  std::optional<EffectHeadline> empty;
  std::vector<size_t> layers_interaction;  // with q below kSignificance
  std::vector<size_t> layers_undone;       // that have a ShareUndone::share
  // In the order of LayerSummary::controls.
  std::vector<ControlHeadline> controls;
  // Of a scan: layers where its first component hurts more than
  // every other.
  std::vector<size_t> layers_first_worst;
  // Of several texts, by the tests over texts; controls those of the preset.
  std::optional<EffectHeadline> over_texts;
  std::vector<ControlHeadline> controls_over_texts;
};

struct Summary {
  std::vector<LayerSummary> layers;       // as in SweepResult::findings
  std::vector<TogetherSummary> together;  // in the order of Spec::together
  // Of a swap: what the other text itself costs, behind the first difference.
  std::optional<MeanTest> other_text;
  ShareVersusT share_vs_t_default_n;
  ShareVersusT share_vs_t_published_n;
  Headline headline;
  std::vector<Warning> warnings;
};

// Effects that are not finite have no tests. Error: interrupted.
Result<Summary> summarize(const SweepResult& result, const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SUMMARY_H_
