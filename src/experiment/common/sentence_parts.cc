#include "experiment/common/sentence_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/number_text.h"
#include "math/statistics/quantile.h"

namespace excise {
namespace {

// "0-5, 7": runs of three and more by their ends.
std::string numbers(const std::vector<size_t>& layers) {
  std::string text;
  for (size_t i = 0, end = 0; i < layers.size(); i = end) {
    end = i + 1;
    while (end < layers.size() && layers[end] == layers[end - 1] + 1) ++end;
    if (end - i < 3) end = i + 1;
    text += text.empty() ? "" : ", ";
    text += end == i + 1 ? std::to_string(layers[i])
                         : fmt::format("{}-{}", layers[i], layers[end - 1]);
  }
  return text;
}

}  // namespace

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string layer_list(const std::vector<size_t>& layers) {
  return (layers.size() == 1 ? "layer " : "layers ") + numbers(layers);
}

std::string of_layers(const std::vector<size_t>& layers, size_t all) {
  std::string text = fmt::format("{} of {} {}", layers.size(), all,
                                 all == 1 ? "layer" : "layers");
  if (!layers.empty() && layers.size() < all)
    text += " (" + numbers(layers) + ")";
  return text;
}

std::string range_of(const std::vector<double>& values) {
  if (values.empty()) return "";
  const auto [least, most] = std::ranges::minmax(values);
  const std::string low = short_text(least, 3);
  const std::string high = short_text(most, 3);
  if (low == high) return low;
  std::string text = low + " to " + high;
  if (values.size() > 2) text += ", median " + short_text(median(values), 3);
  return text;
}

std::string test_words(const MeanTest& test) {
  std::string text;
  if (test.t) text += "t = " + fixed_text(*test.t, 2);
  if (test.q) text += (text.empty() ? "" : ", ") + p_words("q", *test.q, 2);
  return text.empty() ? "" : " (" + text + ")";
}

std::string interval_words(const MeanTest& test) {
  if (!test.ci_low || !test.ci_high) return "";
  return fmt::format(" (95 % interval {} to {})", short_text(*test.ci_low, 3),
                     short_text(*test.ci_high, 3));
}

}  // namespace excise
