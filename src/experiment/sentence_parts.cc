#include "experiment/sentence_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

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

std::string_view mean_words(Mean mean) {
  switch (mean) {
    case Mean::kNeuron:
      return "each neuron's mean over tokens";
    case Mean::kToken:
      return "each token's mean over neurons";
    case Mean::kNone:
      return "";
  }
  return "";
}

std::string exchange(const RemovalOperator& op, std::string_view taken,
                     std::string_view put) {
  if (op.identity_when_empty()) return "";
  if (op.centre == Mean::kNone) return fmt::format("putting {} back", put);
  if (op.restore == Mean::kNone) return fmt::format("taking {} out", taken);
  return fmt::format("putting {} in the place of {}", put, taken);
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

std::string components_words(const Spec& spec) {
  const std::vector<size_t>& remove = spec.remove;
  if (spec.basis == "neurons") {
    return fmt::format("{} {}", remove.size() == 1 ? "neuron" : "neurons",
                       fmt::join(remove, ", "));
  }
  return fmt::format("{}{} {}", spec.basis == "svd" ? "" : spec.basis + " ",
                     remove.size() == 1 ? "component" : "components",
                     fmt::join(remove, ", "));
}

bool adds(const Spec& spec) { return spec.action == EditAction::kAdd; }

std::string deed(const Spec& spec) {
  std::string text =
      (adds(spec) ? "adding " : "removing ") + components_words(spec);
  if (adds(spec))
    text += fmt::format(" (mean codes of class {})", spec.from_class);
  if (spec.strength != 1)
    text += " with strength " + short_text(spec.strength, 6);
  return text;
}

std::string mean_deed(const Spec& spec) {
  if (adds(spec)) return "";
  return exchange(spec.removal, mean_words(spec.removal.centre),
                  mean_words(spec.removal.restore));
}

std::string mean_deed_in_short(const Spec& spec) {
  if (adds(spec)) return "";
  return exchange(
      spec.removal, "the mean",
      spec.removal.centre == Mean::kNone ? "the mean" : "the other mean");
}

std::string test_words(const MeanTest& test) {
  std::string text;
  if (test.t) text += "t = " + fixed_text(*test.t, 2);
  if (test.q)
    text += (text.empty() ? "q = " : ", q = ") + short_text(*test.q, 2);
  return text.empty() ? "" : " (" + text + ")";
}

std::string interval_words(const MeanTest& test) {
  if (!test.ci_low || !test.ci_high) return "";
  return fmt::format(" (95 % interval {} to {})", short_text(*test.ci_low, 3),
                     short_text(*test.ci_high, 3));
}

std::string untested_words(
    const Summary& summary,
    const std::function<const MeanTest&(const LayerSummary&)>& test_of) {
  std::map<std::string, std::vector<size_t>> layers;
  for (const LayerSummary& layer : summary.layers) {
    const MeanTest& test = test_of(layer);
    if (!test.p) layers[test.reason].push_back(layer.layer);
  }
  std::string text;
  for (const auto& [reason, numbers] : layers)
    text += fmt::format(" No test at {}: {}.", layer_list(numbers), reason);
  return text;
}

}  // namespace excise
