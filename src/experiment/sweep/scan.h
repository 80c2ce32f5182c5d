// A scan over components: one at a time, or the first k of a list.
#ifndef EXCISE_EXPERIMENT_SWEEP_SCAN_H_
#define EXCISE_EXPERIMENT_SWEEP_SCAN_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

struct Spec;

// kEach: each component by itself. kCumulative: the first, the first two, ...
enum class ScanMode { kEach, kCumulative };
std::string_view scan_mode_name(ScanMode mode);  // "each", "cumulative"

struct Scan {
  ScanMode mode = ScanMode::kEach;
  std::vector<size_t> components;  // at least two, each once
  bool operator==(const Scan&) const = default;

  // One removal a component of the list. Step 0 is that of its first one.
  size_t steps() const { return components.size(); }
  std::vector<size_t> removed_at(size_t step) const;
};

// Errors: bad_input for fewer than two components, or one twice.
Status check_scan(const Scan& scan);

// As parse_remove() takes it.
std::string scan_text(const Scan& scan);

// Sets remove, and scan where there is one: "0,2", "0-3", "each:0-15" or
// "cumulative:0-15". The removal of a scan is its step 0. Errors: bad_input,
// naming `option`.
Status parse_remove(std::string_view text, std::string_view option, Spec& spec);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SCAN_H_
