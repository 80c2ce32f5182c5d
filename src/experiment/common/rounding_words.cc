#include "experiment/common/rounding_words.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <vector>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"

namespace excise {

std::string rounding_words(std::span<const RoundingError> errors,
                           CheckRounding check) {
  if (errors.empty()) return "";
  std::set<size_t> layers;
  double worst = -1;
  size_t at = 0, none = 0, unknown = 0;
  for (const RoundingError& error : errors) {
    layers.insert(error.layer);
    if (error.rms_effect == 0) {
      ++none;
    } else if (!std::isfinite(error.relative())) {
      ++unknown;
    } else if (error.relative() > worst) {
      worst = error.relative();
      at = error.layer;
    }
  }
  const std::vector<size_t> list(layers.begin(), layers.end());
  std::string text = "Products of differences were rounded to bfloat16";
  if (worst < 0) {
    return text +
           fmt::format("; where that was looked at ({}) {}.", layer_list(list),
                       unknown > 0 ? "the difference is no number"
                                   : "there is no effect to compare with");
  }
  text += fmt::format(
      ", which changes the effects of tokens by at most {} % of their size "
      "(root mean square) ",
      short_text(100 * worst, 2));
  const std::string left_out =
      unknown == 0 ? "" : fmt::format(" ({} without a number)", unknown);
  if (check == CheckRounding::kAll) {
    return text +
           fmt::format("{}over {}{}, compared with float32.",
                       worst > 0 ? fmt::format("(layer {}) ", at) : "",
                       errors.size() == 1
                           ? std::string("the one branch")
                           : fmt::format("all {} branches", errors.size()),
                       left_out);
  }
  return text + fmt::format(
                    "for the edit itself at the {} looked at ({}){}; elsewhere "
                    "it may be more (--check-rounding all).",
                    list.size() == 1   ? std::string("layer")
                    : list.size() == 2 ? std::string("two layers")
                                       : fmt::format("{} layers", list.size()),
                    layer_list(list), left_out);
}

}  // namespace excise
