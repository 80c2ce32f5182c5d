// Rotary positions of config.json, under the keys of Transformers 4 and 5 and
// with the precedence of 5: rope_scaling, where there is one, replaces
// rope_parameters whole; what neither says stands at the top level.
#ifndef EXCISE_MODEL_ARCHITECTURE_ROTARY_CONFIG_H_
#define EXCISE_MODEL_ARCHITECTURE_ROTARY_CONFIG_H_

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/architecture/config_reader.h"

namespace excise {

// What a family has at the top level, and where the file says nothing.
struct RotaryDefaults {
  double theta = 10000;
  std::string_view theta_key = "rope_theta";
  // The share of a head's columns that turn. Families without such a key turn
  // all.
  double partial = 1;
  std::string_view partial_key = {};
  bool odd_rounds_up = false;  // an odd number of columns: one more turns
  // Of original_max_position_embeddings; none: n_ctx.
  std::optional<size_t> original_length = {};
  bool older_names_mean_longrope = false;  // "su" and "yarn", of Phi-3
  RotaryPairs pairs = RotaryPairs::kHalves;
};

// What one file says of the rotary positions of its layers, or of some kind of
// them.
struct RotaryText {
  std::string name;  // for messages: "rope_scaling"
  const nlohmann::json* parameters;
};

// theta to 0, -2 / columns, -4 / columns ...: one for each pair of `columns`,
// an even number or one that is rounded up.
std::vector<double> rotary_frequencies(double theta, size_t columns);

// All layers turn by this one of the rotaries.
void turn_all_layers(size_t rotary, Architecture& architecture);

// rope_scaling or rope_parameters, whichever counts; of neither, an empty
// object.
Result<RotaryText> rotary_text(const ConfigReader& read);

// Adds the rotary to the architecture, and a note of each key of `text` that is
// left aside; gives its number. d_head and n_ctx of config must be set.
// is_nested: one of several texts, for kinds of layers. Errors: bad_file (a
// parameter that is missing or no number), unsupported (another kind).
Result<size_t> add_rotary(const ConfigReader& read, const RotaryText& text,
                          const RotaryDefaults& defaults, bool is_nested,
                          ModelConfig& config);

// All layers turn by what rotary_text() says.
Status set_rotary(const ConfigReader& read, const RotaryDefaults& defaults,
                  ModelConfig& config);

// Layers with a window turn by rope_parameters.sliding_attention, the others by
// rope_parameters.full_attention, which rope_scaling of older files is of.
Status set_rotary_by_type(const ConfigReader& read,
                          const RotaryDefaults& of_full,
                          const RotaryDefaults& of_sliding,
                          const std::vector<bool>& sliding,
                          ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_ROTARY_CONFIG_H_
