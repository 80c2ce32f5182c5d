// The sizes and the architecture of a model, as a family reads them from its
// files.
#ifndef EXCISE_MODEL_ARCHITECTURE_CONFIG_H_
#define EXCISE_MODEL_ARCHITECTURE_CONFIG_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "math/ops/attention.h"
#include "math/ops/norm.h"
#include "model/architecture/architecture.h"

namespace excise {

struct Family;
struct TensorNames;

// Under every name that Transformers has for the same function. The first name
// of a kind is the one that activation_name() gives.
constexpr std::array<std::pair<std::string_view, Activation>, 10>
    kActivationNames = {{{"gelu_new", Activation::kGeluTanh},
                         {"gelu_pytorch_tanh", Activation::kGeluTanh},
                         {"gelu_fast", Activation::kGeluTanh},
                         {"gelu_accurate", Activation::kGeluTanh},
                         {"gelu_python_tanh", Activation::kGeluTanh},
                         {"gelu", Activation::kGelu},
                         {"gelu_python", Activation::kGelu},
                         {"relu", Activation::kRelu},
                         {"silu", Activation::kSilu},
                         {"swish", Activation::kSilu}}};
std::string_view activation_name(Activation activation);

struct ModelConfig {
  const Family* family = nullptr;  // which made it
  // Of the file at hand; null: those of the family's own files.
  const TensorNames* stored_names = nullptr;
  size_t n_layers = 0;
  size_t d_model = 0;
  size_t n_heads = 0;     // of queries
  size_t n_kv_heads = 0;  // of keys and values
  size_t d_head = 0;
  size_t d_mlp = 0;
  size_t n_ctx = 0;  // positions
  size_t d_vocab = 0;
  bool tie_word_embeddings = true;
  Architecture architecture;
  // Ids of the vocabulary that end a text: eos_token_id of
  // generation_config.json where that is there, else of config.json.
  std::vector<int> end_of_text;
  // What changes the numbers beside the weights, n_heads, activation and
  // epsilon, for the model's fingerprint.
  std::vector<std::string> identity = {};
  // What one should know of how the files were read, a sentence each.
  std::vector<std::string> notes = {};
  // What generate() of Transformers would do and excise does not, likewise.
  std::vector<std::string> generation_notes = {};

  const TensorNames& tensors() const;
  bool is_gguf() const { return stored_names != nullptr; }
  // Whether rows of queries and keys lie as GgufFamily::stores_pairs says.
  bool stores_pairs() const;
  bool ends_text(int id) const {
    return std::ranges::find(end_of_text, id) != end_of_text.end();
  }
  AttentionShape attention_shape(size_t layer) const;
  NormParameters norm_parameters(MatrixView<const float> weight,
                                 MatrixView<const float> bias) const;
};

// What of a config changes the numbers, beside the weights, as text: sizes and
// the whole architecture.
std::vector<std::string> identity_of(const ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_CONFIG_H_
