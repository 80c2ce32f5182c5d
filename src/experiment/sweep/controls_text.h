// Where an edit stands among its controls, in plain words.
#ifndef EXCISE_EXPERIMENT_SWEEP_CONTROLS_TEXT_H_
#define EXCISE_EXPERIMENT_SWEEP_CONTROLS_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "experiment/sweep/summary.h"

namespace excise {

// "random changes of the same size": what the draws of a control are.
std::string_view control_words(Control control);
// "the whole edit", "the removal alone", or "the removal" where the mean is
// not exchanged.
std::string cell_words(const SweepResult& result, const Summary& summary,
                       Cell cell);

// One part for each control of each cell: first whether the edit stands out
// over all layers (max statistic), then the layers beyond on either side, and
// how many chance alone would put there; of a single layer what its own p says;
// the last says that several such tests are not corrected for each other. None
// without controls.
std::vector<std::string> controls_text(const SweepResult& result,
                                       const Summary& summary);
// The same over several texts.
std::vector<std::string> controls_over_texts(const SweepResult& result,
                                             const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONTROLS_TEXT_H_
