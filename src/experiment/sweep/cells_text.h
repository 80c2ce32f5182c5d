// The 2 x 2 of a removal in plain words: what the component is, what taking it
// out costs, and what exchanging the mean does, with it and by itself.
#ifndef EXCISE_EXPERIMENT_SWEEP_CELLS_TEXT_H_
#define EXCISE_EXPERIMENT_SWEEP_CELLS_TEXT_H_

#include <string>
#include <vector>

#include "experiment/sweep/summary.h"

namespace excise {

// Sentences, none for an edit that adds. What the component is, what taking it
// out costs and what the mean undoes come first. Each tells effects of one
// cell, or how cells differ, and no more: what stands out is told by
// controls_text().
std::vector<std::string> cells_text(const SweepResult& result,
                                    const Summary& summary);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CELLS_TEXT_H_
