#include "experiment/corpus/corpus_units.h"

#include <algorithm>
#include <cstdint>
#include <map>

namespace excise {

CorpusSums::CorpusSums(const CorpusData& data, By by)
    : data_(data), entry_of_(data.header().texts.size(), SIZE_MAX) {
  const CorpusHeader& header = data.header();
  std::map<std::string, size_t> by_name;
  data.for_each([&](size_t window, std::span<const double> row) {
    const size_t text = header.windows[window].text;
    if (row[SumsLayout::kTokens] == 0) return;
    const ListedText& listed = header.texts[text];
    size_t& entry = entry_of_[text];
    if (entry == SIZE_MAX) {
      const std::string& name = by == By::kUnit ? listed.unit : listed.name;
      const auto [found, is_new] = by_name.emplace(name, entries_.size());
      if (is_new) entries_.push_back({name, listed.group});
      entry = found->second;
    }
    Measured& measured = entries_[entry];
    ++measured.windows;
    measured.tokens += row[SumsLayout::kTokens];
    measured.logprob += row[SumsLayout::kLogprob];
  });
}

template <typename Weight>
std::vector<std::vector<double>> CorpusSums::sums(
    const std::vector<size_t>& columns, Weight weight) const {
  std::vector<std::vector<double>> sums(columns.size(),
                                        std::vector<double>(entries_.size()));
  data_.for_each([&](size_t window, std::span<const double> row) {
    const size_t entry = entry_of_[data_.header().windows[window].text];
    if (row[SumsLayout::kTokens] == 0) return;
    for (size_t i = 0; i < columns.size(); ++i)
      sums[i][entry] += weight(row) * row[columns[i]];
  });
  return sums;
}

std::vector<std::vector<double>> CorpusSums::by_tokens(
    std::vector<std::vector<double>> sums) const {
  for (std::vector<double>& column : sums) {
    for (size_t i = 0; i < column.size(); ++i) column[i] /= entries_[i].tokens;
  }
  return sums;
}

std::vector<std::vector<double>> CorpusSums::sums_of(
    const std::vector<size_t>& columns) const {
  return sums(columns, [](std::span<const double>) { return 1.0; });
}

double CorpusSums::largest(size_t column) const {
  double most = 0;
  data_.for_each([&](size_t /*window*/, std::span<const double> row) {
    most = std::max(most, row[column]);
  });
  return most;
}

std::vector<std::vector<double>> CorpusSums::means_of(
    const std::vector<size_t>& columns) const {
  return by_tokens(sums_of(columns));
}

std::vector<double> CorpusSums::mean_of(size_t column) const {
  return means_of({column}).front();
}

std::vector<double> CorpusSums::window_mean_of(size_t column) const {
  return by_tokens(sums({column},
                        [](std::span<const double> row) {
                          return row[SumsLayout::kTokens];
                        }))
      .front();
}

}  // namespace excise
