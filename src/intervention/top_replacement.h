// The largest activations of a row, put down to the middle: median replacement
// (docs/method.md, section 7) and its variants.
#ifndef EXCISE_INTERVENTION_TOP_REPLACEMENT_H_
#define EXCISE_INTERVENTION_TOP_REPLACEMENT_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// Which neurons count as the largest.
enum class TopBy { kValue, kMagnitude };
// What they are set to. kMedian: the lower median of the row, the smaller
// middle value where the number of neurons is even.
enum class Replacement { kMedian, kMean, kZero };

std::string_view top_by_name(TopBy by);  // "value", "magnitude"
std::string_view replacement_name(
    Replacement with);  // "median", "mean", "zero"
// Errors: bad_input with the names there are.
Result<TopBy> parse_top_by(std::string_view name);
Result<Replacement> parse_replacement(std::string_view name);

// floor(percent / 100 * neurons), as if without rounding. 0 <= percent <= 100.
size_t top_count(double percent, size_t neurons);

// Neurons of a row in descending order; the first of equals comes first.
std::vector<size_t> ranked_neurons(std::span<const float> row, TopBy by);

// Not empty.
float replacement_value(std::span<const float> row, Replacement with);

// delta[j] = value - row[j] for the neurons, 0 for all others.
void replacement_change(std::span<const float> row,
                        std::span<const size_t> neurons, float value,
                        std::span<float> delta);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_TOP_REPLACEMENT_H_
