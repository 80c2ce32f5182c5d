// Which controls an experiment asks for, and in what order they are drawn.
#ifndef EXCISE_EXPERIMENT_CONTROL_PLAN_H_
#define EXCISE_EXPERIMENT_CONTROL_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "intervention/controls.h"

namespace excise {

inline constexpr size_t kMaxControlRepeats = 10'000;

struct ControlRequest {
  Control control = Control::kRandomRank;
  size_t repeats = 0;  // draws at each layer
  bool operator==(const ControlRequest&) const = default;
};

// "random-rank=20,norm-matched=20", in any order; "" or "none" asks for none.
// Errors: bad_input for an unknown name, a number out of 1 to
// kMaxControlRepeats, or a control that is named twice.
Result<std::vector<ControlRequest>> parse_controls(std::string_view text);
Status check_controls(const std::vector<ControlRequest>& requests);
// As parse_controls() takes it.
std::string controls_text(const std::vector<ControlRequest>& requests);

// One draw at a layer.
struct ControlDraw {
  Control control = Control::kRandomRank;
  size_t repeat = 0;
};

// All draws at a layer: the repeats of the first request, then of the next.
std::vector<ControlDraw> control_draws(
    const std::vector<ControlRequest>& requests);

// The random numbers of one draw, its own for each layer, control and repeat:
// no other draw, request or order of work changes them.
Random control_random(uint64_t seed, size_t layer, const ControlDraw& draw);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONTROL_PLAN_H_
