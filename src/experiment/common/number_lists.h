// Lists of numbers as people write them: "0-2,7", "464 3290".
#ifndef EXCISE_EXPERIMENT_COMMON_NUMBER_LISTS_H_
#define EXCISE_EXPERIMENT_COMMON_NUMBER_LISTS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// "all", "0-11", "3,5", "0-2,7" -> ascending layers without repeats. Error
// bad_input for another form, an empty list or a layer the model does not have:
// `[sweep] layer 48: expected 0 to 47 ...`.
Result<std::vector<size_t>> parse_layers(std::string_view text,
                                         size_t n_layers);

// "0-3;8,9" -> sets of at least two layers each; none for an empty text. Errors
// as parse_layers().
Result<std::vector<std::vector<size_t>>> parse_layer_sets(std::string_view text,
                                                          size_t n_layers);

// "3", "0,2,5" or "0-2,5" -> the numbers as written. Errors: bad_input naming
// `option`, also for more than 4096 numbers.
Result<std::vector<size_t>> parse_numbers(std::string_view text,
                                          std::string_view option);

// "464 3290,318" -> ids. Error: bad_input.
Result<std::vector<int>> parse_ids(std::string_view text);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_NUMBER_LISTS_H_
