#include "experiment/sweep/deed_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <vector>

#include "core/number_text.h"

namespace excise {
namespace {

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

std::string mean_deed(const SweepResult& result) {
  if (adds(result.spec)) return "";
  return exchange(result.removal, mean_words(result.removal.centre),
                  mean_words(result.removal.restore));
}

std::string mean_deed_in_short(const SweepResult& result) {
  if (adds(result.spec)) return "";
  return exchange(
      result.removal, "the mean",
      result.removal.centre == Mean::kNone ? "the mean" : "the other mean");
}

std::string shared_basis_words(const BasisSource& source,
                               const std::string& each) {
  if (source.corpus.empty()) {
    return fmt::format(
        "One basis for all; whether it was fitted on these {} is not known.",
        each);
  }
  return fmt::format(
      "One basis for all, fitted on {}; whether these {} are part of that is "
      "not known.",
      source.corpus, each);
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
