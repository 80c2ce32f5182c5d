// Which controls an experiment asks for, and in what order they are drawn.
#ifndef EXCISE_EXPERIMENT_SWEEP_CONTROL_PLAN_H_
#define EXCISE_EXPERIMENT_SWEEP_CONTROL_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "experiment/sweep/cells.h"
#include "intervention/controls.h"

namespace excise {

inline constexpr size_t kMaxControlRepeats = 10'000;
// The fewest with which a two-sided p can be below 0.05: 2 / 41.
inline constexpr size_t kControlRepeats = 40;

struct ControlRequest {
  Control control = Control::kRandomRank;
  size_t repeats = kControlRepeats;  // draws for each cell at each layer
  bool operator==(const ControlRequest&) const = default;
};

// "random-rank=100,norm-matched", in any order; kControlRepeats where a name
// has no number; "" or "none" asks for none. Errors: bad_input for an unknown
// name, a number out of 1 to kMaxControlRepeats, or a control that is named
// twice.
Result<std::vector<ControlRequest>> parse_controls(std::string_view text);
Status check_controls(const std::vector<ControlRequest>& requests);
// Draws of one control for each cell at each layer; 0 where it was not asked
// for.
size_t repeats_of(const std::vector<ControlRequest>& requests, Control control);
// As parse_controls() takes it.
std::string controls_text(const std::vector<ControlRequest>& requests);

// One draw at a layer, of what stands in the place of a cell's edit.
struct ControlDraw {
  Control control = Control::kRandomRank;
  size_t repeat = 0;
  Cell cell = Cell::kPreset;
};

// All draws at a layer, which kElsewhere has none of: for the first cell the
// repeats of the first request, then of the next; then for the next cell.
std::vector<ControlDraw> control_draws(
    const std::vector<ControlRequest>& requests, std::span<const Cell> cells);

// The random numbers of one draw, its own for each layer, control and repeat:
// no other draw, request or order of work changes them. Draws of two cells
// share them: with random-rank they remove the same directions.
Random control_random(uint64_t seed, size_t layer, const ControlDraw& draw);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONTROL_PLAN_H_
