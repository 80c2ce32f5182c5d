#include "experiment/common/few_draws.h"

#include <fmt/format.h>

#include "experiment/common/mean_test.h"

namespace excise {

std::string few_draws_note(std::string_view asked, size_t draws, Tail tail) {
  if (draws == 0 || smallest_p(draws, tail) < kSignificance) return "";
  return fmt::format(
      "Note: with {} no p can be below {:.2g}; {} draws are the fewest for p < "
      "{}.\n",
      asked, smallest_p(draws, tail), draws_for_p_below(kSignificance, tail),
      kSignificance);
}

}  // namespace excise
