// Texts that are compiled in, so that the program and the Python package need
// no file beside them.
#ifndef EXCISE_EXPERIMENT_COMMON_BUNDLED_H_
#define EXCISE_EXPERIMENT_COMMON_BUNDLED_H_

#include <string_view>

namespace excise {

inline constexpr std::string_view kBundledModel = "baker-7m";

std::string_view program_version();
// experiments/silver-blaze.txt without its last newline.
std::string_view bundled_text();
// experiments/published.toml.
std::string_view published_experiment();

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_BUNDLED_H_
