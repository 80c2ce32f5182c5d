// Where an edit stands among its controls (docs/method.md, section 5).
#ifndef EXCISE_EXPERIMENT_SWEEP_CONTROL_SUMMARY_H_
#define EXCISE_EXPERIMENT_SWEEP_CONTROL_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/mean_test.h"
#include "experiment/sweep/sweep.h"
#include "intervention/controls.h"

namespace excise {

// Beyond nearly all of its controls on either side, or among them.
enum class Standing { kWorse, kWithin, kLessHarmful };
std::string_view standing_name(Standing standing);  // "worse", "within",
                                                    // "less harmful"

// The repeats of one control at one layer against the edit of its cell. What a
// description has no p for (see is_null()), or an effect that is not finite, is
// absent.
struct ControlSummary {
  Cell cell = Cell::kPreset;  // or kRemoved
  Control control = Control::kRandomRank;
  std::optional<double> edit_mean;  // effect of the cell's edit, nats
  std::vector<double> mean;         // [repeats] the same, as default_n has it
  std::vector<std::optional<double>> t;  // [repeats]
  // min(1, 2 (1 + m) / (repeats + 1)), m the smaller number of repeats that
  // reach the edit's mean effect from above or from below.
  std::optional<double> p_two_sided;
  // Benjamini-Hochberg over layers; only where repeats are enough for one layer
  // to get below kSignificance by itself.
  std::optional<double> q;
  // % of the repeats with a smaller mean effect; ties count half.
  std::optional<double> percentile;
  // (edit - mean) / sd over the repeats and the edit; absent if all are equal.
  std::optional<double> z;
  // Of |z| among the largest |z| over layers of each repeat and of the edit;
  // absent where only one layer has a z.
  std::optional<double> p_max;
  std::optional<Standing> standing;  // by p_two_sided below kSignificance

  size_t repeats() const { return mean.size(); }
};

// tested: the positions whose effects count; preset_mean, removed_mean: the
// mean effects of the edits there, where there are any. Errors: bad_input.
Result<std::vector<ControlSummary>> summarize_controls(
    const std::vector<ControlFindings>& controls,
    std::span<const size_t> tested, std::optional<double> preset_mean,
    std::optional<double> removed_mean);

// Sets p_two_sided, percentile and standing from edit_mean and mean.
void take_standing(ControlSummary& summary);

// What one control says of all layers. Chance: an edit that is a further draw,
// layers independent of each other.
struct ControlHeadline {
  Cell cell = Cell::kPreset;
  Control control = Control::kRandomRank;
  size_t repeats = 0;
  std::vector<size_t> layers_worse;  // by ControlSummary::standing
  std::vector<size_t> layers_within;
  std::vector<size_t> layers_less_harmful;
  std::optional<double> p_max;       // max statistic, one p for several layers
  std::vector<size_t> layers_p_max;  // p_max of the layer below kSignificance
  double level = 0;          // largest p_two_sided below kSignificance; 0: none
  double chance_layers = 0;  // expected number of layers at that level,
  double chance_any = 0;     // and the probability of at least one, 0 to 1
  size_t repeats_for_p = 0;  // fewest with which a p can be significant,
  size_t repeats_for_q = 0;  // or that of one layer a q over all layers
};

// Sets z, q and p_max of one control, given at all layers. layers: their
// numbers. Errors: bad_input.
Result<ControlHeadline> compare_over_layers(
    std::span<ControlSummary* const> at_layers, std::span<const size_t> layers);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONTROL_SUMMARY_H_
