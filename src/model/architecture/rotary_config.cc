#include "model/architecture/rotary_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>
#include <vector>

#include "io/known_keys.h"

namespace excise {
namespace {

using nlohmann::json;

// Of all kinds of scaling; each reads its own.
constexpr auto kKeys = std::to_array<std::string_view>(
    {"rope_type", "type", "rope_theta", "partial_rotary_factor", "factor",
     "original_max_position_embeddings", "attention_factor", "beta_fast",
     "beta_slow", "mscale", "mscale_all_dim", "truncate", "low_freq_factor",
     "high_freq_factor", "short_factor", "long_factor",
     // ministral3's file has it beside the one at the top level
     "max_position_embeddings", "llama_4_scaling_beta"});

// Reads the parameters of one rotary.
class RotaryReader {
 public:
  RotaryReader(const ConfigReader& read, const RotaryText& text,
               const RotaryDefaults& defaults, bool is_nested,
               const ModelConfig& config)
      : read_(read),
        text_(text),
        defaults_(defaults),
        is_nested_(is_nested),
        config_(config) {}

  Result<Rotary> rotary();

 private:
  const json* find(std::string_view key) const {
    const auto found = text_.parameters->find(std::string(key));
    return found == text_.parameters->end() || found->is_null() ? nullptr
                                                                : &*found;
  }
  tl::unexpected<Error> bad(ErrorCode code, std::string_view key,
                            std::string expected, std::string hint = {}) const {
    return read_.bad_value(code, text_.name + "." + std::string(key), find(key),
                           std::move(expected), std::move(hint));
  }
  // A positive number; nothing where it is absent.
  Result<std::optional<double>> number(std::string_view key) const;
  Result<double> number_or(std::string_view key, double otherwise) const;
  Result<double> needed(std::string_view key) const;
  // As Python's `x or otherwise`: 0 counts as absent.
  Result<double> truthy_or(std::string_view key, double otherwise) const;
  Result<std::vector<double>> numbers(std::string_view key, size_t count) const;

  Result<std::string> kind() const;
  Status read_plain();
  Result<double> original_length() const;
  Status scale_by_llama3();
  Status scale_by_yarn();
  Status scale_by_longrope();

  const ConfigReader& read_;
  const RotaryText& text_;
  const RotaryDefaults& defaults_;
  bool is_nested_;
  const ModelConfig& config_;
  double theta_ = 0;
  size_t columns_ = 0;  // that turn
  Rotary rotary_;
};

Result<std::optional<double>> RotaryReader::number(std::string_view key) const {
  const json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() || !(value->get<double>() >= 0) ||
      !std::isfinite(value->get<double>()))
    return bad(ErrorCode::kBadFile, key, "a number, not below 0");
  return value->get<double>();
}

Result<double> RotaryReader::number_or(std::string_view key,
                                       double otherwise) const {
  return EXCISE_TRY(number(key)).value_or(otherwise);
}

Result<double> RotaryReader::needed(std::string_view key) const {
  const auto value = EXCISE_TRY(number(key));
  if (value && *value > 0) return *value;
  return bad(ErrorCode::kBadFile, key, "a positive number");
}

Result<double> RotaryReader::truthy_or(std::string_view key,
                                       double otherwise) const {
  const double value = EXCISE_TRY(number_or(key, 0));
  return value == 0 ? otherwise : value;
}

Result<std::vector<double>> RotaryReader::numbers(std::string_view key,
                                                  size_t count) const {
  const json* list = find(key);
  std::vector<double> values;
  if (list != nullptr && list->is_array() && list->size() == count) {
    for (const json& value : *list) {
      if (value.is_number() && value.get<double>() > 0)
        values.push_back(value.get<double>());
    }
  }
  if (values.size() == count) return values;
  return bad(ErrorCode::kBadFile, key,
             "a list of " + std::to_string(count) +
                 " positive numbers, one for each pair of columns that turns");
}

Result<std::string> RotaryReader::kind() const {
  for (const char* key : {"rope_type", "type"}) {
    const json* value = find(key);
    if (value == nullptr) continue;
    if (!value->is_string())
      return bad(ErrorCode::kBadFile, key, "the name of a kind");
    const auto kind = value->get<std::string>();
    const bool older = kind == "su" || kind == "yarn";
    return older && defaults_.older_names_mean_longrope ? "longrope" : kind;
  }
  return "default";
}

// theta and how much of a head turns, then every pair by a power of theta.
Status RotaryReader::read_plain() {
  const double outer_theta =
      defaults_.theta_key.empty()
          ? defaults_.theta
          : EXCISE_TRY(read_.positive(defaults_.theta_key, defaults_.theta));
  theta_ = EXCISE_TRY(number_or("rope_theta", outer_theta));
  double partial = defaults_.partial;
  if (!defaults_.partial_key.empty())
    partial = EXCISE_TRY(read_.positive(defaults_.partial_key, partial));
  partial = EXCISE_TRY(number_or("partial_rotary_factor", partial));
  const bool must_be_whole = defaults_.partial_key.empty() && partial != 1;
  if (must_be_whole || partial > 1) {
    return bad(ErrorCode::kUnsupported, "partial_rotary_factor",
               must_be_whole ? "1, as all of this family turn whole heads"
                             : "at most 1");
  }
  // The file's decimal, not its nearest double, times a whole number.
  columns_ = static_cast<size_t>(
      std::floor(static_cast<double>(config_.d_head) * partial + 1e-6));
  const bool odd = columns_ % 2 == 1;
  if ((odd && !(defaults_.odd_rounds_up && columns_ < config_.d_head)) ||
      columns_ == 0) {
    return bad(ErrorCode::kBadFile, "partial_rotary_factor",
               "an even number of the " + std::to_string(config_.d_head) +
                   " columns of a head");
  }
  if (!(theta_ > 0))
    return bad(ErrorCode::kBadFile, "rope_theta", "a positive number");
  rotary_.inverse_frequencies = rotary_frequencies(theta_, columns_);
  return {};
}

// The one at the top level counts more than the one within.
Result<double> RotaryReader::original_length() const {
  constexpr const char* kKey = "original_max_position_embeddings";
  if (!is_nested_ && read_.present(kKey))
    return static_cast<double>(EXCISE_TRY(read_.size(kKey, 0)));
  if (defaults_.original_length)
    return static_cast<double>(*defaults_.original_length);
  return truthy_or(kKey, static_cast<double>(config_.n_ctx));
}

// Llama 3.1: long waves get `factor` times as long, short ones stay, those
// between go from one to the other.
Status RotaryReader::scale_by_llama3() {
  const double factor = EXCISE_TRY(needed("factor"));
  const double low = EXCISE_TRY(needed("low_freq_factor"));
  const double high = EXCISE_TRY(needed("high_freq_factor"));
  const double length = EXCISE_TRY(original_length());
  if (high == low)
    return bad(ErrorCode::kBadFile, "high_freq_factor",
               "another number than low_freq_factor");
  for (double& frequency : rotary_.inverse_frequencies) {
    const double turns = length * frequency / (2 * std::numbers::pi);
    if (turns > high) continue;
    const double smooth = turns < low ? 0 : (turns - low) / (high - low);
    frequency *= (1 - smooth) / factor + smooth;
  }
  return {};
}

// Peng et al. 2023, "YaRN", as Transformers 5 has it.
Status RotaryReader::scale_by_yarn() {
  if (find("factor") == nullptr && !text_.parameters->contains("factor"))
    return bad(ErrorCode::kBadFile, "factor", "a positive number");
  const double length = EXCISE_TRY(original_length());
  const double factor = EXCISE_TRY(
      truthy_or("factor", static_cast<double>(config_.n_ctx) / length));
  const auto magnitude = [&](double mscale) {
    return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1;
  };
  const double mscale = EXCISE_TRY(number_or("mscale", 0));
  const double all = EXCISE_TRY(number_or("mscale_all_dim", 0));
  const bool both = mscale != 0 && all != 0;
  rotary_.magnitude = EXCISE_TRY(
      number_or("attention_factor",
                both ? magnitude(mscale) / magnitude(all) : magnitude(1)));
  const auto width = static_cast<double>(columns_);
  const auto dimension_of = [&](double rotations) {
    return width * std::log(length / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(theta_));
  };
  double low = dimension_of(EXCISE_TRY(truthy_or("beta_fast", 32)));
  double high = dimension_of(EXCISE_TRY(truthy_or("beta_slow", 1)));
  // Transformers looks for it beside what is nested, never within.
  const json* truncate = is_nested_ ? nullptr : find("truncate");
  if (truncate == nullptr || *truncate != false) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, width - 1);
  constexpr double kNoSingularity = 0.001;
  if (low == high) high += kNoSingularity;
  for (size_t i = 0; i < rotary_.inverse_frequencies.size(); ++i) {
    const double ramp =
        std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    rotary_.inverse_frequencies[i] *= ramp / factor + (1 - ramp);
  }
  return {};
}

// Ding et al. 2024, "LongRoPE": factors of their own for texts beyond the
// original length.
Status RotaryReader::scale_by_longrope() {
  const double length = EXCISE_TRY(original_length());
  const size_t pairs = rotary_.inverse_frequencies.size();
  const auto small = EXCISE_TRY(numbers("short_factor", pairs));
  const auto large = EXCISE_TRY(numbers("long_factor", pairs));
  const double factor = EXCISE_TRY(
      truthy_or("factor", static_cast<double>(config_.n_ctx) / length));
  rotary_.magnitude = EXCISE_TRY(number_or(
      "attention_factor",
      factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(length))));
  rotary_.long_inverse_frequencies = rotary_.inverse_frequencies;
  rotary_.long_beyond = static_cast<size_t>(length);
  for (size_t i = 0; i < pairs; ++i) {
    rotary_.inverse_frequencies[i] /= small[i];
    rotary_.long_inverse_frequencies[i] /= large[i];
  }
  return {};
}

Result<Rotary> RotaryReader::rotary() {
  rotary_.pairs = defaults_.pairs;
  EXCISE_CHECK(read_plain());
  const std::string kind = EXCISE_TRY(this->kind());
  // "dynamic" begins beyond the context, where excise does not go.
  if (kind == "default") return rotary_;
  if (kind == "dynamic") {
    EXCISE_TRY(needed("factor"));
    return rotary_;
  }
  if (kind == "linear") {
    const double factor = EXCISE_TRY(needed("factor"));
    for (double& frequency : rotary_.inverse_frequencies) frequency /= factor;
    return rotary_;
  }
  if (kind == "llama3") {
    EXCISE_CHECK(scale_by_llama3());
  } else if (kind == "yarn") {
    EXCISE_CHECK(scale_by_yarn());
  } else if (kind == "longrope") {
    EXCISE_CHECK(scale_by_longrope());
  } else {
    return bad(ErrorCode::kUnsupported,
               find("rope_type") != nullptr ? "rope_type" : "type",
               "default, linear, dynamic, llama3, yarn or longrope");
  }
  return rotary_;
}

}  // namespace

std::vector<double> rotary_frequencies(double theta, size_t columns) {
  std::vector<double> frequencies;
  for (size_t i = 0; i < columns; i += 2) {
    frequencies.push_back(std::pow(
        theta, -static_cast<double>(i) / static_cast<double>(columns)));
  }
  return frequencies;
}

void turn_all_layers(size_t rotary, Architecture& architecture) {
  for (LayerAttention& attention : architecture.attention)
    attention.rotary = rotary;
}

Result<RotaryText> rotary_text(const ConfigReader& read) {
  static const json kNone = json::object();
  // An empty rope_scaling counts as none.
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const json* value = read.value(key);
    if (value == nullptr) continue;
    if (!value->is_object())
      return read.bad(ErrorCode::kBadFile, key, "an object");
    if (!value->empty()) return RotaryText{key, value};
  }
  return RotaryText{"rope_parameters", &kNone};
}

Result<size_t> add_rotary(const ConfigReader& read, const RotaryText& text,
                          const RotaryDefaults& defaults, bool is_nested,
                          ModelConfig& config) {
  if (const auto sections = text.parameters->find("mrope_section");
      sections != text.parameters->end() && !sections->is_null()) {
    return read.bad_value(ErrorCode::kUnsupported, text.name + ".mrope_section",
                          &*sections, "nothing",
                          "its positions are those of pictures too");
  }
  Rotary rotary = EXCISE_TRY(
      RotaryReader(read, text, defaults, is_nested, config).rotary());
  for (const std::string& key : other_keys(*text.parameters, kKeys)) {
    config.notes.push_back("config.json: " + shown_json(text.name + "." + key) +
                           " is left aside, as Transformers does");
  }
  config.architecture.rotaries.push_back(std::move(rotary));
  return config.architecture.rotaries.size() - 1;
}

Status set_rotary(const ConfigReader& read, const RotaryDefaults& defaults,
                  ModelConfig& config) {
  const RotaryText text = EXCISE_TRY(rotary_text(read));
  const size_t index =
      EXCISE_TRY(add_rotary(read, text, defaults, false, config));
  turn_all_layers(index, config.architecture);
  return {};
}

Status set_rotary_by_type(const ConfigReader& read,
                          const RotaryDefaults& of_full,
                          const RotaryDefaults& of_sliding,
                          const std::vector<bool>& sliding,
                          ModelConfig& config) {
  constexpr const char *kFull = "full_attention",
                       *kSliding = "sliding_attention";
  json both = json::object();
  if (const json* parameters = read.value("rope_parameters")) {
    if (!parameters->is_object())
      return read.bad(ErrorCode::kBadFile, "rope_parameters", "an object");
    for (const auto& [key, value] : parameters->items()) {
      if ((key == kFull || key == kSliding) &&
          (value.is_object() || value.is_null()))
        continue;
      return read.bad(
          ErrorCode::kUnsupported, "rope_parameters",
          "an object for full_attention and one for "
          "sliding_attention",
          "Transformers leaves others aside and takes its defaults, "
          "so the file may not mean what it would run");
    }
    both = *parameters;
  }
  for (const char* key : {kFull, kSliding}) {
    if (!both.contains(key) || both[key].is_null()) both[key] = json::object();
  }
  if (const json* scaling = read.value("rope_scaling")) {
    if (!scaling->is_object())
      return read.bad(ErrorCode::kBadFile, "rope_scaling", "an object");
    both[kFull].update(*scaling);
  }
  const size_t full = EXCISE_TRY(
      add_rotary(read, {"rope_parameters.full_attention", &both[kFull]},
                 of_full, true, config));
  const size_t local = EXCISE_TRY(
      add_rotary(read, {"rope_parameters.sliding_attention", &both[kSliding]},
                 of_sliding, true, config));
  for (size_t l = 0; l < sliding.size(); ++l)
    config.architecture.attention[l].rotary = sliding[l] ? local : full;
  return {};
}

}  // namespace excise
