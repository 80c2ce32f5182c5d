#include "experiment/corpus/batch_record.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>
#include <utility>

#include "io/bounded_json.h"

namespace excise {
namespace {

using nlohmann::json;

bool is_position(double number) {
  constexpr double kMost = 1U << 31U;
  return number >= 0 && number < kMost && number == std::floor(number);
}

// The rows of the tokens of one window. Throws json::exception for no texts;
// nothing where they do not fit.
std::optional<TokenRows> rows_of_tokens(std::span<const double> numbers,
                                        size_t count, const json& texts) {
  auto pieces = texts.get<std::vector<std::string>>();
  if (pieces.size() != count) return std::nullopt;
  for (size_t i = 0; i < count; ++i) {
    if (!is_position(numbers[i * (numbers.size() / count)]))
      return std::nullopt;
  }
  return TokenRows({numbers.begin(), numbers.end()}, std::move(pieces));
}

}  // namespace

BatchRecord::BatchRecord(size_t windows, const SumsLayout& layout)
    : width_(layout.width()),
      token_width_(layout.token_width()),
      rows_(windows * layout.width()),
      tokens_(windows) {}

std::optional<std::vector<size_t>> BatchRecord::token_counts(
    size_t most) const {
  std::vector<size_t> counts(tokens_.size());
  for (size_t i = 0; i < counts.size(); ++i) {
    const double count = rows_[i * width_ + SumsLayout::kTokens];
    if (count < 0) continue;  // left out
    if (!is_position(count) || count > static_cast<double>(most))
      return std::nullopt;
    counts[i] = static_cast<size_t>(count);
    most -= counts[i];
  }
  return counts;
}

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
  auto rest = content.subspan(rows->size_bytes());
  std::vector<size_t> counts(windows);
  std::span<const double> numbers;
  if (record.token_width_ > 0) {
    const size_t most = rest.size() / sizeof(double) / record.token_width_;
    const auto said = record.token_counts(most);
    if (!said) return std::nullopt;
    counts = *said;
    numbers = {reinterpret_cast<const double*>(rest.data()),
               record.token_width_ *
                   std::accumulate(counts.begin(), counts.end(), size_t{0})};
    rest = rest.subspan(numbers.size_bytes());
  }
  const json more = parse_bounded_json(std::string_view(
      reinterpret_cast<const char*>(rest.data()), rest.size()));
  try {
    for (size_t i = 0; i < windows; ++i) {
      if (counts[i] == 0) continue;
      const size_t size = counts[i] * record.token_width_;
      auto tokens = rows_of_tokens(numbers.first(size), counts[i],
                                   more.at("tokens").at(i));
      if (!tokens) return std::nullopt;
      record.tokens_[i] = std::move(*tokens);
      numbers = numbers.subspan(size);
    }
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
  } catch (const json::exception&) {
    return std::nullopt;
  }
  return record;
}

void BatchRecord::leave_out(size_t window, std::string reason) {
  for (double& number : row(window)) number = 0;
  row(window)[SumsLayout::kTokens] = -1;
  left_out_[window] = std::move(reason);
  tokens_[window] = {};
}

std::string BatchRecord::bytes() const {
  std::string out(reinterpret_cast<const char*>(rows_.data()),
                  rows_.size() * sizeof(double));
  json more = {{"left_out", json::array()},
               {"no_op", audit_.no_op_max_abs_delta_logprob},
               {"edits", {audit_.edits_expected, audit_.edits_fired}},
               {"rounding", json::array()}};
  if (token_width_ > 0) {
    more["tokens"] = json::array();
    for (const TokenRows& tokens : tokens_) {
      out.append(reinterpret_cast<const char*>(tokens.numbers().data()),
                 tokens.numbers().size() * sizeof(double));
      more["tokens"].push_back(tokens.pieces());
    }
  }
  for (const auto& [window, reason] : left_out_)
    more["left_out"].push_back({window, reason});
  for (const RoundingError& one : audit_.rounding)
    more["rounding"].push_back({one.layer, one.rms_effect, one.rms_error});
  return out + more.dump(-1, ' ', false, json::error_handler_t::replace);
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
