#include "report/paired_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/statistics/benjamini_hochberg.h"
#include "report/text.h"

namespace excise {
namespace {

using nlohmann::json;

// Where the layers of both lie in each.
struct SharedLayer {
  size_t layer = 0, in_first = 0, in_other = 0;
};

std::vector<SharedLayer> shared_layers(const ResultFolder& first,
                                       const ResultFolder& other) {
  std::vector<SharedLayer> shared;
  for (size_t i = 0; i < first.layers.size(); ++i) {
    if (const auto row = other.row_of(first.layers[i]))
      shared.push_back({first.layers[i], i, *row});
  }
  return shared;
}

PairedLayer tested(size_t layer, const std::vector<double>& differences) {
  PairedLayer paired{.layer = layer};
  const auto is_zero = [](double value) { return value == 0; };
  paired.equal =
      !differences.empty() && std::ranges::all_of(differences, is_zero);
  auto test = one_sample_t(differences);
  if (test) {
    paired.test = std::move(*test);
  } else {
    paired.test.n = differences.size();
    paired.test.reason = "an effect is not finite";
  }
  return paired;
}

void adjust_over_layers(std::vector<PairedLayer>& layers) {
  std::vector<std::optional<double>> p;
  for (const PairedLayer& layer : layers) p.push_back(layer.test.p);
  const auto q = benjamini_hochberg(p);
  if (!q) return;
  for (size_t i = 0; i < layers.size(); ++i) layers[i].q = (*q)[i];
}

// The first position whose prediction the edits can reach.
size_t first_tested(const ResultFolder& folder) {
  const auto edited = numbers_at(folder.results, "/tokens/edited_positions");
  return edited.empty() ? 1 : 1 + *std::ranges::min_element(edited);
}

// Token texts tell vocabularies apart that use the same ids; a model without a
// tokenizer has none.
bool same_pieces(const ResultFolder& first, const ResultFolder& other) {
  const auto nothing = [](const std::string& piece) { return piece.empty(); };
  return first.pieces == other.pieces ||
         std::ranges::all_of(first.pieces, nothing) ||
         std::ranges::all_of(other.pieces, nothing);
}

std::string why_not_tokens(const ResultFolder& first,
                           const ResultFolder& other) {
  if (first.ids == other.ids && same_pieces(first, other)) return "";
  const std::string text = text_at(first.results, "/manifest/text_fingerprint");
  if (!text.empty() &&
      text == text_at(other.results, "/manifest/text_fingerprint")) {
    return fmt::format(
        "the same text is {} in one and {} in the other, other tokens",
        count_text(first.n_tokens(), "token"),
        count_text(other.n_tokens(), "token"));
  }
  return first.n_tokens() == other.n_tokens()
             ? "they are of different texts"
             : fmt::format("they are of different texts, of {} and {}",
                           count_text(first.n_tokens(), "token"),
                           count_text(other.n_tokens(), "token"));
}

size_t count_texts(const ResultFolder& folder) {
  const json& texts = value_at(folder.results, "/texts");
  return texts.is_array() ? texts.size() : 0;
}

std::string why_not_texts(const ResultFolder& first,
                          const ResultFolder& other) {
  const size_t one = count_texts(first), another = count_texts(other);
  if (one < 2 || another < 2) return "only one of them has several texts";
  if (one != another)
    return fmt::format("one has {} texts, the other {}", one, another);
  // The fingerprint is of all texts in a row, the sizes tell where they end.
  if (text_at(first.results, "/manifest/text_fingerprint") !=
      text_at(other.results, "/manifest/text_fingerprint"))
    return "their texts are not the same";
  if (value_at(first.results, "/texts") != value_at(other.results, "/texts"))
    return "their texts are not the same tokens";
  return "";
}

// NaN for a text without a mean.
std::vector<double> text_means(const ResultFolder& folder, size_t row) {
  const json& means = value_at(folder.layer_entry(row), "/over_texts/means");
  std::vector<double> values(count_texts(folder), NAN);
  if (!means.is_array()) return values;
  for (size_t i = 0; i < std::min(values.size(), means.size()); ++i)
    if (means[i].is_number()) values[i] = means[i].get<double>();
  return values;
}

}  // namespace

PairedDifference paired_by_token(const ResultFolder& first,
                                 const ResultFolder& other) {
  PairedDifference paired{.reason = why_not_tokens(first, other)};
  if (!paired.reason.empty()) return paired;
  const Matrix<double>* one = first.array("delta_logprob");
  const Matrix<double>* another = other.array("delta_logprob");
  if (one == nullptr || another == nullptr) {
    paired.reason = "a result lacks the effects of its tokens";
    return paired;
  }
  const auto shared = shared_layers(first, other);
  const size_t begin = std::max(first_tested(first), first_tested(other));
  if (shared.empty())
    paired.reason = "they have no layer in common";
  else if (begin >= first.n_tokens())
    paired.reason = "no token is tested in both";
  if (!paired.reason.empty()) return paired;
  paired.pairs = first.n_tokens() - begin;
  for (const SharedLayer& at : shared) {
    std::vector<double> differences;
    for (size_t t = begin; t < first.n_tokens(); ++t) {
      differences.push_back(another->row(at.in_other)[t] -
                            one->row(at.in_first)[t]);
    }
    paired.layers.push_back(tested(at.layer, differences));
  }
  adjust_over_layers(paired.layers);
  return paired;
}

std::optional<PairedDifference> paired_by_text(const ResultFolder& first,
                                               const ResultFolder& other) {
  if (count_texts(first) < 2 && count_texts(other) < 2) return std::nullopt;
  PairedDifference paired{.reason = why_not_texts(first, other)};
  const auto shared = shared_layers(first, other);
  if (paired.reason.empty() && shared.empty())
    paired.reason = "they have no layer in common";
  if (!paired.reason.empty()) return paired;
  paired.pairs = paired.of = count_texts(first);
  for (const SharedLayer& at : shared) {
    const auto one = text_means(first, at.in_first);
    const auto another = text_means(other, at.in_other);
    std::vector<double> differences;
    for (size_t i = 0; i < one.size(); ++i) {
      const double difference = another[i] - one[i];
      if (!std::isnan(difference)) differences.push_back(difference);
    }
    paired.pairs = std::min(paired.pairs, differences.size());
    paired.layers.push_back(tested(at.layer, differences));
  }
  adjust_over_layers(paired.layers);
  return paired;
}

bool other_model(const ResultFolder& first, const ResultFolder& other) {
  const std::string one = text_at(first.results, "/manifest/model/fingerprint");
  const std::string another =
      text_at(other.results, "/manifest/model/fingerprint");
  // Of versions up to 0.1 they are shorter, and cannot be compared.
  if (one.size() == another.size()) return one != another;
  return text_at(first.results, "/manifest/model/name") !=
         text_at(other.results, "/manifest/model/name");
}

}  // namespace excise
