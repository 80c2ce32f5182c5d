#include "report/second_opinion.h"

#include <fmt/format.h>

#include "report/panel_parts.h"

namespace excise {
namespace {

bool has_second_opinion(const ResultFolder& folder, size_t row,
                        const std::string& branch) {
  return value_at(folder.layer_entry(row), (branch + "/ewc").c_str())
      .is_object();
}

}  // namespace

void fill_by_tests(const ResultFolder& folder, const std::string& branch,
                   Series& series) {
  const auto q = folder.by_layer((branch + "/default_n/q").c_str());
  const auto second = folder.by_layer((branch + "/ewc/q").c_str());
  const double limit = significance(folder);
  series.filled.clear();
  series.diamonds.clear();
  for (size_t row = 0; row < q.size(); ++row) {
    const bool found = q[row] < limit;
    const bool agrees =
        second[row] < limit || !has_second_opinion(folder, row, branch);
    series.filled.push_back(found && agrees);
    series.diamonds.push_back(found && !agrees);
  }
}

std::string fill_words(const ResultFolder& folder) {
  if (!has_second_opinion(folder, 0, ""))
    return fmt::format("filled: q < {}", significance(folder));
  return fmt::format("filled: q < {} by both tests, diamond: by t alone",
                     significance(folder));
}

}  // namespace excise
