// What config.json says about a GPT-2.
#ifndef EXCISE_MODEL_CONFIG_H_
#define EXCISE_MODEL_CONFIG_H_

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "math/ops/activation.h"
#include "math/ops/attention.h"
#include "math/ops/norm.h"

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
  // Ids of the vocabulary that end a text: eos_token_id of
  // generation_config.json where that is there, else of config.json.
  std::vector<int> end_of_text;
  // What one should know of how the files were read, a sentence each.
  std::vector<std::string> notes = {};
  // What generate() of Transformers would do and excise does not, likewise.
  std::vector<std::string> generation_notes = {};

  bool ends_text(int id) const {
    return std::ranges::find(end_of_text, id) != end_of_text.end();
  }
  size_t d_head() const { return d_model / n_heads; }
  // What attention scores of a layer are multiplied by.
  float attention_scale(size_t layer) const;
  AttentionShape attention_shape(size_t layer) const;
  NormParameters norm_parameters(MatrixView<const float> weight,
                                 MatrixView<const float> bias) const;
};

// text: the content of config.json; path only for messages. A key that is
// absent means GPT2Config's default. Errors: bad_file (not JSON, a size of 0 or
// absurd, d_model not a multiple of n_heads, two names of one key that
// disagree), unsupported (another architecture, an option that would change the
// numbers).
Result<ModelConfig> parse_config(std::string_view text,
                                 const std::filesystem::path& path);

// Takes the ids that end a text from the content of generation_config.json, as
// generate() of Transformers does: none where it names none. What is no JSON is
// left aside, as there.
void take_generation_config(std::string_view text, ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_CONFIG_H_
