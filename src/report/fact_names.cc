#include "report/fact_names.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/number_text.h"
#include "io/utf8.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr std::array kModelFacts = std::to_array<FactName>(
    {{"name", "model"},
     {"fingerprint", "fingerprint of the model"},
     {"n_layers", "layers of the model"},
     {"d_model", "width of its states"},
     {"n_heads", "attention heads"},
     {"d_mlp", "neurons of an MLP"},
     {"n_ctx", "longest text, tokens"},
     {"d_vocab", "tokens of the vocabulary"},
     {"activation", "activation function"},
     {"tied_embedding", "embedding and unembedding tied"},
     {"dtype", "number format of the weights"}});

constexpr std::array kAuditFacts = std::to_array<FactName>(
    {{"edits_expected", "edits expected"},
     {"edits_fired", "edits applied"},
     {"no_op_max_abs_delta_logprob",
      "largest difference without an edit, nats"},
     {"no_op_layer", "layer of the branch without an edit"},
     {"non_finite", "effects that are not finite"},
     {"rounding", "rounding to bfloat16, % of the effect"}});

constexpr size_t kLongest = 72;

}  // namespace

std::span<const FactName> model_facts() { return kModelFacts; }
std::span<const FactName> audit_facts() { return kAuditFacts; }

std::string name_of_unknown(std::string_view key) {
  std::string name(key);
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string excerpt(const std::string& text, size_t from) {
  from = character_start(text, from);
  const size_t end =
      character_start(text, std::min(text.size(), from + kLongest));
  return (from > 0 ? "…" : "") + text.substr(from, end - from) +
         (end < text.size() ? "…" : "");
}

std::string fact_text(const json& value) {
  if (value.is_null()) return "none";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) return short_text(value.get<double>(), 6);
  if (value.is_array() || value.is_object()) {
    if (value.empty()) return "none";
    std::string text;
    for (const auto& [key, inner] : value.items()) {
      text += text.empty() ? "" : ", ";
      text +=
          value.is_object() ? key + " " + fact_text(inner) : fact_text(inner);
    }
    return excerpt(text, 0);
  }
  const std::string text =
      value.is_string()
          ? value.get<std::string>()
          : value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.empty() ? "none" : excerpt(text, 0);
}

}  // namespace excise
