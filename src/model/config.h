// What config.json says about a GPT-2.
#ifndef EXCISE_MODEL_CONFIG_H_
#define EXCISE_MODEL_CONFIG_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "math/ops/activation.h"

namespace excise {

std::string_view activation_name(Activation activation);

struct ModelConfig {
  size_t n_layers = 0;
  size_t d_model = 0;
  size_t n_heads = 0;
  size_t d_mlp = 0;
  size_t n_ctx = 0;  // positions
  size_t d_vocab = 0;
  Activation activation = Activation::kGeluTanh;
  float layer_norm_epsilon = 1e-5F;
  bool scale_attn_weights = true;  // divide scores by sqrt(d_head)
  bool scale_attn_by_inverse_layer_idx = false;  // and by layer + 1
  bool reorder_and_upcast_attn =
      false;  // the same numbers in float32; recorded only
  bool tie_word_embeddings = true;
  std::optional<int> end_of_text;  // eos_token_id, where the vocabulary has it

  size_t d_head() const { return d_model / n_heads; }
  // What attention scores of a layer are multiplied by.
  float attention_scale(size_t layer) const;
};

// text: the content of config.json; path only for messages. Errors: bad_file
// (not JSON, a size of 0 or absurd, d_model not a multiple of n_heads),
// unsupported (another architecture, an option that would change the numbers).
Result<ModelConfig> parse_config(std::string_view text,
                                 const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_MODEL_CONFIG_H_
