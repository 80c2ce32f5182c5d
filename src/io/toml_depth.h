// Bounds of TOML that no library checks.
#ifndef EXCISE_IO_TOML_DEPTH_H_
#define EXCISE_IO_TOML_DEPTH_H_

#include <string_view>

#include "core/error.h"

namespace excise {

// Each part of a dotted key and each bracket is a level of the tree, and trees
// are made and freed by recursion. Error bad_input beyond 32 of either at once.
// text need be no TOML; source names it.
Status check_toml_depth(std::string_view text, std::string_view source);

}  // namespace excise

#endif  // EXCISE_IO_TOML_DEPTH_H_
