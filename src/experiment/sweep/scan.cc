#include "experiment/sweep/scan.h"

#include <set>

#include "experiment/common/number_lists.h"
#include "experiment/sweep/spec.h"

namespace excise {

std::string_view scan_mode_name(ScanMode mode) {
  return mode == ScanMode::kEach ? "each" : "cumulative";
}

std::vector<size_t> Scan::removed_at(size_t step) const {
  if (mode == ScanMode::kEach) return {components[step]};
  return {components.begin(),
          components.begin() + static_cast<ptrdiff_t>(step) + 1};
}

Status check_scan(const Scan& scan) {
  const std::set<size_t> set(scan.components.begin(), scan.components.end());
  if (set.size() >= 2 && set.size() == scan.components.size()) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "spec",
               .subject = "scan",
               .expected = "at least two components, each once",
               .found = scan_text(scan),
               .hint = "--remove takes e.g. each:0-15 or cumulative:0-15"});
}

std::string scan_text(const Scan& scan) {
  std::string text;
  for (const size_t component : scan.components)
    text += (text.empty() ? "" : ",") + std::to_string(component);
  return std::string(scan_mode_name(scan.mode)) + ":" + text;
}

Status parse_remove(std::string_view text, std::string_view option,
                    Spec& spec) {
  spec.scan.reset();
  for (const ScanMode mode : {ScanMode::kEach, ScanMode::kCumulative}) {
    const std::string prefix = std::string(scan_mode_name(mode)) + ":";
    if (!text.starts_with(prefix)) continue;
    spec.scan = Scan{
        mode, EXCISE_TRY(parse_numbers(text.substr(prefix.size()), option))};
    spec.remove = {spec.scan->components.front()};
    return {};
  }
  spec.remove = EXCISE_TRY(parse_numbers(text, option));
  return {};
}

}  // namespace excise
