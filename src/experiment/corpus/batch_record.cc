#include "experiment/corpus/batch_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "io/bounded_json.h"

namespace excise {

BatchRecord::BatchRecord(size_t windows, const SumsLayout& layout)
    : width_(layout.width()), rows_(windows * layout.width()) {}

std::optional<std::span<const double>> BatchRecord::rows_of(
    std::span<const std::byte> content, size_t windows,
    const SumsLayout& layout) {
  const size_t numbers = windows * layout.width();
  if (content.size() / sizeof(double) < numbers) return std::nullopt;
  return std::span(reinterpret_cast<const double*>(content.data()), numbers);
}

std::optional<BatchRecord> BatchRecord::read(std::span<const std::byte> content,
                                             size_t windows,
                                             const SumsLayout& layout) {
  const auto rows = rows_of(content, windows, layout);
  if (!rows) return std::nullopt;
  BatchRecord record(windows, layout);
  record.rows_.assign(rows->begin(), rows->end());
  const auto rest = content.subspan(rows->size_bytes());
  const nlohmann::json more = parse_bounded_json(std::string_view(
      reinterpret_cast<const char*>(rest.data()), rest.size()));
  try {
    for (const auto& [window, reason] :
         more.at("left_out")
             .get<std::vector<std::pair<size_t, std::string>>>()) {
      if (window >= windows) return std::nullopt;
      record.left_out_[window] = reason;
    }
    more.at("no_op").get_to(record.audit_.no_op_max_abs_delta_logprob);
    more.at("edits").at(0).get_to(record.audit_.edits_expected);
    more.at("edits").at(1).get_to(record.audit_.edits_fired);
    for (const auto& [layer, effect, error] :
         more.at("rounding")
             .get<std::vector<std::tuple<size_t, double, double>>>())
      record.audit_.rounding.push_back({layer, effect, error});
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  return record;
}

void BatchRecord::leave_out(size_t window, std::string reason) {
  for (double& number : row(window)) number = 0;
  row(window)[SumsLayout::kTokens] = -1;
  left_out_[window] = std::move(reason);
}

std::string BatchRecord::bytes() const {
  std::string out(reinterpret_cast<const char*>(rows_.data()),
                  rows_.size() * sizeof(double));
  nlohmann::json more = {{"left_out", nlohmann::json::array()},
                         {"no_op", audit_.no_op_max_abs_delta_logprob},
                         {"edits", {audit_.edits_expected, audit_.edits_fired}},
                         {"rounding", nlohmann::json::array()}};
  for (const auto& [window, reason] : left_out_)
    more["left_out"].push_back({window, reason});
  for (const RoundingError& one : audit_.rounding)
    more["rounding"].push_back({one.layer, one.rms_effect, one.rms_error});
  return out +
         more.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void BatchRecord::add_audit(const BranchAudit& audit) {
  audit_.no_op_max_abs_delta_logprob = std::max(
      audit_.no_op_max_abs_delta_logprob, audit.no_op_max_abs_delta_logprob);
  audit_.edits_expected += audit.edits_expected;
  audit_.edits_fired += audit.edits_fired;
  audit_.rounding.insert(audit_.rounding.end(), audit.rounding.begin(),
                         audit.rounding.end());
}

}  // namespace excise
