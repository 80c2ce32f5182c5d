#include "model/tensor_table.h"

#include <algorithm>
#include <array>
#include <set>

namespace excise {
namespace {

enum class Extent { kOne, kModel, kThreeModel, kMlp };

struct LayerTensorFacts {
  std::string_view name;
  Extent rows;  // kOne: a vector
  Extent cols;
};

// In the order of LayerTensor. Conv1D weights are [inputs, outputs].
constexpr std::array<LayerTensorFacts, kLayerTensors> kLayerFacts = {{
    {"ln_1.weight", Extent::kOne, Extent::kModel},
    {"ln_1.bias", Extent::kOne, Extent::kModel},
    {"attn.c_attn.weight", Extent::kModel, Extent::kThreeModel},
    {"attn.c_attn.bias", Extent::kOne, Extent::kThreeModel},
    {"attn.c_proj.weight", Extent::kModel, Extent::kModel},
    {"attn.c_proj.bias", Extent::kOne, Extent::kModel},
    {"ln_2.weight", Extent::kOne, Extent::kModel},
    {"ln_2.bias", Extent::kOne, Extent::kModel},
    {"mlp.c_fc.weight", Extent::kModel, Extent::kMlp},
    {"mlp.c_fc.bias", Extent::kOne, Extent::kMlp},
    {"mlp.c_proj.weight", Extent::kMlp, Extent::kModel},
    {"mlp.c_proj.bias", Extent::kOne, Extent::kModel},
}};

size_t extent_of(const ModelConfig& config, Extent extent) {
  switch (extent) {
    case Extent::kOne:
      return 1;
    case Extent::kModel:
      return config.d_model;
    case Extent::kThreeModel:
      return 3 * config.d_model;
    case Extent::kMlp:
      return config.d_mlp;
  }
  return 0;
}

std::string shape_text(const std::vector<size_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

bool is_old_buffer(std::string_view name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
}

constexpr std::string_view kHead = "lm_head.weight";

}  // namespace

std::string layer_tensor_name(size_t layer, LayerTensor tensor) {
  return "h." + std::to_string(layer) + "." +
         std::string(kLayerFacts[static_cast<size_t>(tensor)].name);
}

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  std::vector<TensorSpec> table = {
      {"wte.weight", {config.d_vocab, config.d_model}},
      {"wpe.weight", {config.n_ctx, config.d_model}}};
  for (size_t l = 0; l < config.n_layers; ++l) {
    for (size_t i = 0; i < kLayerTensors; ++i) {
      const LayerTensorFacts& facts = kLayerFacts[i];
      std::vector<size_t> shape = {extent_of(config, facts.cols)};
      if (facts.rows != Extent::kOne) {
        shape.insert(shape.begin(), extent_of(config, facts.rows));
      }
      table.push_back({layer_tensor_name(l, static_cast<LayerTensor>(i)),
                       std::move(shape)});
    }
  }
  table.push_back({"ln_f.weight", {config.d_model}});
  table.push_back({"ln_f.bias", {config.d_model}});
  if (!config.tie_word_embeddings) {
    table.push_back({std::string(kHead), {config.d_vocab, config.d_model}});
  }
  return table;
}

std::string tensor_prefix(const TensorFile& file) {
  constexpr std::string_view kPrefix = "transformer.";
  const bool prefixed =
      std::any_of(file.tensors().begin(), file.tensors().end(),
                  [&](const StoredTensor& tensor) {
                    return tensor.name.starts_with(kPrefix);
                  });
  return prefixed ? std::string(kPrefix) : std::string();
}

std::string stored_name(std::string_view prefix, std::string_view name) {
  return name == kHead ? std::string(name)
                       : std::string(prefix) + std::string(name);
}

Status check_tensors(const TensorFile& file, const ModelConfig& config) {
  const std::string prefix = tensor_prefix(file);
  std::set<std::string> expected;
  for (const TensorSpec& spec : tensor_table(config)) {
    const std::string name = stored_name(prefix, spec.name);
    const StoredTensor* tensor = EXCISE_TRY(file.get(name));
    if (tensor->shape != spec.shape) {
      return fail(ErrorCode::kBadFile,
                  {.where = "weights",
                   .subject = "tensor " + name,
                   .expected = "shape " + shape_text(spec.shape),
                   .found = shape_text(tensor->shape),
                   .hint = "config.json and the weights must be of one model"});
    }
    if (tensor->dtype != DType::kF32 && tensor->dtype != DType::kF16 &&
        tensor->dtype != DType::kBF16) {
      return fail(ErrorCode::kUnsupported,
                  {.where = "weights",
                   .subject = "tensor " + name,
                   .expected = "F32, F16 or BF16",
                   .found = std::string(dtype_name(tensor->dtype))});
    }
    expected.insert(name);
  }
  for (const StoredTensor& tensor : file.tensors()) {
    if (expected.contains(tensor.name) || is_old_buffer(tensor.name) ||
        (config.tie_word_embeddings && tensor.name == kHead)) {
      continue;
    }
    return fail(ErrorCode::kBadFile,
                {.where = "weights",
                 .subject = "tensor " + tensor.name,
                 .expected = "only tensors of a GPT-2 with " +
                             std::to_string(config.n_layers) + " layers",
                 .found = "one more",
                 .hint = "config.json and the weights must be of one model"});
  }
  return {};
}

}  // namespace excise
