#include "model/tensor_check.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "core/matrix.h"
#include "model/architecture/family.h"
#include "model/tensor_table.h"

namespace excise {
namespace {

constexpr const char* kOneModel =
    "config.json and the weights must be of one model";

std::string shape_text(const std::vector<size_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
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

Result<std::vector<std::string>> check_tensors(const TensorFile& file,
                                               const ModelConfig& config) {
  const TensorNames& names = config.tensors();
  const std::string prefix = tensor_prefix(file, config);
  const std::string embedding = token_embedding_name(config);
  const std::string head = stored_name(prefix, head_name(config), config);
  std::vector<std::string> notes;
  std::set<std::string> expected;
  for (const TensorSpec& spec : tensor_table(config)) {
    const std::string name = stored_name(prefix, spec.name, config);
    const auto found = table_tensor(file, prefix, spec.name, config);
    if (!found && !file.tensors().empty() && spec.name == embedding) {
      return fail(ErrorCode::kBadFile,
                  {.where = "weights",
                   .subject = "tensor " + name,
                   .expected = "the tensors of a model of the " +
                               std::string(config.family->name) +
                               " family, under this name or behind module., "
                               "_orig_mod., _module. or base_model.model.",
                   .found = "names such as " + file.tensors().front().name});
    }
    const StoredTensor* tensor = EXCISE_TRY(found);
    if (tensor->shape != spec.shape) {
      return bad_tensor(*tensor, "shape " + shape_text(spec.shape),
                        shape_text(tensor->shape),
                        config.is_gguf() ? "" : kOneModel);
    }
    const bool floats = tensor->dtype == DType::kF32 ||
                        tensor->dtype == DType::kF16 ||
                        tensor->dtype == DType::kBF16;
    if (!floats && dtype_block(tensor->dtype) == 1) {
      return fail(ErrorCode::kUnsupported,
                  {.where = "weights",
                   .subject = "tensor " + tensor->name,
                   .expected = "F32, F16 or BF16",
                   .found = std::string(dtype_name(tensor->dtype))});
    }
    if (tensor->name != name && spec.name == embedding)
      notes.push_back("weights: " + tensor->name + " is the embedding too");
    expected.insert(tensor->name);
  }
  std::map<std::string, OldBuffer::Kind> buffers;
  for (size_t l = 0; l < config.n_layers; ++l) {
    for (const OldBuffer& buffer : names.old_buffers) {
      buffers[stored_name(prefix, module_name(config, l, buffer.name),
                          config)] = buffer.kind;
    }
  }
  for (const StoredTensor& tensor : file.tensors()) {
    if (expected.contains(tensor.name)) continue;
    if (config.tie_word_embeddings && tensor.name == head) {
      EXCISE_CHECK(check_tied(
          tensor, *EXCISE_TRY(table_tensor(file, prefix, embedding, config))));
      continue;
    }
    if (std::ranges::find(names.of_architecture, tensor.name) !=
        names.of_architecture.end())
      continue;
    if (const auto buffer = buffers.find(tensor.name);
        buffer != buffers.end()) {
      if (buffer->second == OldBuffer::Kind::kCausalMask)
        EXCISE_CHECK(check_mask(tensor));
      if (buffer->second == OldBuffer::Kind::kMaskedScore)
        EXCISE_CHECK(check_masked_bias(tensor));
      continue;
    }
    const std::string outer =
        head.substr(0, head.size() - head_name(config).size());
    if (std::ranges::any_of(names.other_heads, [&](std::string_view other) {
          return tensor.name.starts_with(outer + std::string(other));
        })) {
      notes.push_back("weights: " + tensor.name +
                      " is of another head and left aside");
      continue;
    }
    return bad_tensor(tensor,
                      "only tensors of a " + std::string(config.family->name) +
                          " with " + std::to_string(config.n_layers) +
                          " layers",
                      "one more", config.is_gguf() ? "" : kOneModel);
  }
  if (!prefix.empty() && prefix != names.prefix)
    notes.push_back("weights: names stand behind " + prefix);
  return notes;
}

}  // namespace excise
