#include "model/tensor_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "core/matrix.h"

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

constexpr std::string_view kHead = "lm_head.weight";
constexpr std::string_view kEmbedding = "wte.weight";
constexpr std::string_view kPositions = "wpe.weight";
constexpr std::string_view kTransformer = "transformer.";

constexpr std::array<std::string_view, 4> kWrappers = {
    "module.", "_orig_mod.", "_module.", "base_model.model."};

// Heads of GPT-2's other classes and of TRL, which the language model does not
// use; behind the wrappers' prefix.
constexpr std::array<std::string_view, 5> kOtherHeads = {
    "multiple_choice_head.", "score.", "classifier.", "qa_outputs.", "v_head."};

// "module.transformer." -> "transformer."; none where the rest is neither that
// nor empty.
std::optional<std::string_view> without_wrappers(std::string_view prefix) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view wrapper : kWrappers) {
      if (!prefix.starts_with(wrapper)) continue;
      prefix.remove_prefix(wrapper.size());
      found = true;
    }
  }
  if (!prefix.empty() && prefix != kTransformer) return std::nullopt;
  return prefix;
}

tl::unexpected<Error> bad_tensor(const StoredTensor& tensor,
                                 std::string expected, std::string found,
                                 std::string hint = {}) {
  return fail(ErrorCode::kBadFile, {.where = "weights",
                                    .subject = "tensor " + tensor.name,
                                    .expected = std::move(expected),
                                    .found = std::move(found),
                                    .hint = std::move(hint)});
}

bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

// attn.bias, [1, 1, n, n]: 1 where a token may look, that is on and below the
// diagonal.
Status check_mask(const StoredTensor& tensor) {
  const auto& shape = tensor.shape;
  const size_t element = dtype_size(tensor.dtype);
  const size_t n = shape.empty() ? 0 : shape.back();
  if (n == 0 || shape.size() < 2 || shape[shape.size() - 2] != n ||
      tensor.bytes.size() != n * n * element) {
    return bad_tensor(tensor, "a causal mask, of shape [1, 1, n, n]",
                      shape_text(shape));
  }
  // Row i is a window of n times what the first element is, then n zeros.
  std::vector<std::byte> rows(2 * n * element);
  for (size_t i = 0; i < n; ++i)
    std::ranges::copy(tensor.bytes.first(element),
                      rows.begin() + static_cast<std::ptrdiff_t>(i * element));
  const bool zero =
      std::ranges::all_of(tensor.bytes.first(element),
                          [](std::byte b) { return b == std::byte{0}; });
  for (size_t i = 0; i < n; ++i) {
    const auto expected = std::span<const std::byte>(rows).subspan(
        (n - 1 - i) * element, n * element);
    if (zero || !same_bytes(tensor.bytes.subspan(i * n * element, n * element),
                            expected)) {
      return bad_tensor(tensor, "a causal mask, which excise has itself",
                        "another in row " + std::to_string(i));
    }
  }
  return {};
}

// The number that older versions put in place of a masked score.
Status check_masked_bias(const StoredTensor& tensor) {
  const auto values = tensor.to_double();
  constexpr double kLow = -1e3;  // exp() of it is 0 beside any score
  if (values && values->size() == 1 && values->values()[0] > kLow) {
    return bad_tensor(tensor, "a number below -1000, as good as none",
                      std::to_string(values->values()[0]));
  }
  return {};
}

// A tied lm_head.weight beside the embedding.
Status check_tied(const StoredTensor& head, const StoredTensor& embedding) {
  constexpr const char* kHint =
      "set tie_word_embeddings to false in config.json to use it, or remove "
      "the tensor";
  const std::string expected =
      "the values of " + embedding.name + ", to which config.json ties it";
  if (head.shape != embedding.shape) {
    return bad_tensor(head, expected, "shape " + shape_text(head.shape), kHint);
  }
  if (head.dtype == embedding.dtype && same_bytes(head.bytes, embedding.bytes))
    return {};
  constexpr size_t kRows = 64;
  Matrix<float> a(kRows, head.cols());
  Matrix<float> b(kRows, head.cols());
  for (size_t row = 0; row < head.rows(); row += kRows) {
    const size_t count = std::min(kRows, head.rows() - row);
    EXCISE_CHECK(head.copy_rows(row, a.view().row_range(0, count)));
    EXCISE_CHECK(embedding.copy_rows(row, b.view().row_range(0, count)));
    for (size_t i = 0; i < count; ++i) {
      if (!std::ranges::equal(a.row(i), b.row(i))) {
        return bad_tensor(head, expected,
                          "others in row " + std::to_string(row + i), kHint);
      }
    }
  }
  return {};
}

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
  for (const StoredTensor& tensor : file.tensors()) {
    std::string_view name = tensor.name;
    if (!name.ends_with(kPositions)) continue;
    name.remove_suffix(kPositions.size());
    if (without_wrappers(name)) return std::string(name);
  }
  return {};
}

std::string plain_prefix(std::string_view prefix) {
  return std::string(prefix.ends_with(kTransformer) ? kTransformer : "");
}

std::string stored_name(std::string_view prefix, std::string_view name) {
  if (name == kHead && prefix.ends_with(kTransformer))
    prefix.remove_suffix(kTransformer.size());
  return std::string(prefix) + std::string(name);
}

Result<const StoredTensor*> table_tensor(const TensorFile& file,
                                         std::string_view prefix,
                                         std::string_view name) {
  const std::string stored = stored_name(prefix, name);
  if (name == kEmbedding && file.find(stored) == nullptr) {
    const StoredTensor* head = file.find(stored_name(prefix, kHead));
    if (head != nullptr) return head;
  }
  return file.get(stored);
}

Result<std::vector<std::string>> check_tensors(const TensorFile& file,
                                               const ModelConfig& config) {
  const std::string prefix = tensor_prefix(file);
  const std::string head = stored_name(prefix, kHead);
  std::vector<std::string> notes;
  std::set<std::string> expected;
  for (const TensorSpec& spec : tensor_table(config)) {
    const std::string name = stored_name(prefix, spec.name);
    const bool tied_head =
        config.tie_word_embeddings && spec.name == kEmbedding;
    const auto found =
        tied_head ? table_tensor(file, prefix, spec.name) : file.get(name);
    if (!found && !file.tensors().empty() && spec.name == kEmbedding) {
      return fail(ErrorCode::kBadFile,
                  {.where = "weights",
                   .subject = "tensor " + name,
                   .expected = "a GPT-2's, under this name or behind module., "
                               "_orig_mod., _module. or base_model.model.",
                   .found = "names such as " + file.tensors().front().name});
    }
    const StoredTensor* tensor = EXCISE_TRY(found);
    if (tensor->shape != spec.shape) {
      return bad_tensor(*tensor, "shape " + shape_text(spec.shape),
                        shape_text(tensor->shape),
                        "config.json and the weights must be of one model");
    }
    if (tensor->dtype != DType::kF32 && tensor->dtype != DType::kF16 &&
        tensor->dtype != DType::kBF16) {
      return fail(ErrorCode::kUnsupported,
                  {.where = "weights",
                   .subject = "tensor " + tensor->name,
                   .expected = "F32, F16 or BF16",
                   .found = std::string(dtype_name(tensor->dtype))});
    }
    if (tensor->name != name)
      notes.push_back("weights: " + tensor->name + " is the embedding too");
    expected.insert(tensor->name);
  }
  std::set<std::string> masks, masked;
  for (size_t l = 0; l < config.n_layers; ++l) {
    const std::string attention = "h." + std::to_string(l) + ".attn.";
    masks.insert(stored_name(prefix, attention + "bias"));
    masked.insert(stored_name(prefix, attention + "masked_bias"));
  }
  for (const StoredTensor& tensor : file.tensors()) {
    if (expected.contains(tensor.name)) continue;
    if (config.tie_word_embeddings && tensor.name == head) {
      EXCISE_CHECK(check_tied(
          tensor, *EXCISE_TRY(table_tensor(file, prefix, kEmbedding))));
      continue;
    }
    if (masks.contains(tensor.name)) {
      EXCISE_CHECK(check_mask(tensor));
      continue;
    }
    if (masked.contains(tensor.name)) {
      EXCISE_CHECK(check_masked_bias(tensor));
      continue;
    }
    const std::string outer =
        stored_name(prefix, kHead).substr(0, head.size() - kHead.size());
    if (std::ranges::any_of(kOtherHeads, [&](std::string_view other) {
          return tensor.name.starts_with(outer + std::string(other));
        })) {
      notes.push_back("weights: " + tensor.name +
                      " is of another head and left aside");
      continue;
    }
    return bad_tensor(tensor,
                      "only tensors of a GPT-2 with " +
                          std::to_string(config.n_layers) + " layers",
                      "one more",
                      "config.json and the weights must be of one model");
  }
  if (!prefix.empty() && prefix != kTransformer)
    notes.push_back("weights: names stand behind " + prefix);
  return notes;
}

}  // namespace excise
