#include "model/weights.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/signal_stack.h"

namespace excise {
namespace {

tl::unexpected<Error> not_finite(const std::string& name, size_t index) {
  return fail(ErrorCode::kBadFile,
              {.where = "weights",
               .subject = "tensor " + name,
               .expected = "finite numbers",
               .found = "NaN or infinity at element " + std::to_string(index),
               .hint = "the file is damaged, or its training went astray; "
                       "fetch the model again or take an earlier one"});
}

// A model of less is mapped whole when it is opened: its pages cost more to
// manage layer by layer than to keep.
constexpr size_t kSmallModel = size_t{64} << 20;

}  // namespace

Status check_finite(const StoredTensor& tensor) {
  if (const auto index = tensor.first_non_finite()) {
    return not_finite(tensor.name, *index);
  }
  return {};
}

StoredTensor row_of_tensor(const StoredTensor& tensor, size_t row) {
  const size_t bytes = tensor.cols() * dtype_size(tensor.dtype);
  return {tensor.name + " row " + std::to_string(row),
          tensor.dtype,
          {tensor.cols()},
          tensor.bytes.subspan(row * bytes, bytes)};
}

Result<Matrix<float>> widened(const StoredTensor& tensor) {
  EXCISE_CHECK(check_finite(tensor));
  auto values = Matrix<float>::uninitialized(tensor.rows(), tensor.cols());
  EXCISE_CHECK(tensor.copy_rows(0, values));
  return values;
}

Result<Weights> Weights::open(TensorFile file, const ModelConfig& config) {
  Weights weights;
  weights.notes_ = EXCISE_TRY(check_tensors(file, config));
  weights.file_ = std::move(file);
  weights.config_ = config;
  weights.prefix_ = tensor_prefix(weights.file_);
  const auto get = [&](std::string_view name) {
    return table_tensor(weights.file_, weights.prefix_, name);
  };
  weights.token_embedding_ = EXCISE_TRY(get("wte.weight"));
  weights.position_embedding_ = EXCISE_TRY(get("wpe.weight"));
  weights.unembedding_ = config.tie_word_embeddings
                             ? weights.token_embedding_
                             : EXCISE_TRY(get("lm_head.weight"));
  weights.ln_final_weight_ =
      EXCISE_TRY(widened(*EXCISE_TRY(get("ln_f.weight"))));
  weights.ln_final_bias_ = EXCISE_TRY(widened(*EXCISE_TRY(get("ln_f.bias"))));
  weights.layer_tensors_.resize(config.n_layers);
  for (size_t l = 0; l < config.n_layers; ++l) {
    for (size_t i = 0; i < kLayerTensors; ++i) {
      weights.layer_tensors_[l].push_back(
          EXCISE_TRY(get(layer_tensor_name(l, static_cast<LayerTensor>(i)))));
    }
  }
  size_t bytes = 0;
  for (const StoredTensor& tensor : weights.file_.tensors())
    bytes += tensor.bytes.size();
  weights.is_small_ = bytes < kSmallModel;
  if (weights.is_small_) {
    for (const StoredTensor& tensor : weights.file_.tensors())
      map_pages(tensor.bytes);
  }
  EXCISE_CHECK(weights.file_.check_unchanged());
  return weights;
}

Status Weights::check_layer(size_t l) const {
  for (const StoredTensor* tensor : layer_tensors_[l]) {
    EXCISE_CHECK(check_finite(*tensor));
  }
  return {};
}

Result<LayerWeights> Weights::layer(size_t l) const {
  EXCISE_CHECK(file_.confirmed(check_layer(l)));
  LayerWeights w;
  EXCISE_CHECK(read_layer(l, w));
  return w;
}

Status Weights::read_layer(size_t l, LayerWeights& w) const {
  use_signal_stacks();  // for a page of the file that is lost in a product
  EXCISE_CHECK(file_.check_unchanged());
  w.storage.resize(kLayerTensors);
  for (size_t i = 0; i < kLayerTensors; ++i) {
    const StoredTensor& tensor = *layer_tensors_[l][i];
    SlotWeights& slot = w.slots[i / 2];
    MatrixView<const float>& to = i % 2 == 0 ? slot.weight : slot.bias;
    if (const auto view = tensor.as_float_view()) {
      to = *view;
      continue;
    }
    Matrix<float>& values = w.storage[i];
    if (values.rows() != tensor.rows() || values.cols() != tensor.cols())
      values = Matrix<float>::uninitialized(tensor.rows(), tensor.cols());
    EXCISE_CHECK(tensor.copy_rows(0, values));
    to = values.view();
  }
  return {};
}

void Weights::prefetch_layer(size_t l) const { advise(l, prefetch_pages); }
void Weights::map_layer(size_t l) const { advise(l, map_pages); }
void Weights::drop_layer(size_t l) const { advise(l, drop_pages); }

void Weights::advise(size_t l,
                     void (*advice)(std::span<const std::byte>)) const {
  if (is_small_) return;
  for (const StoredTensor* tensor : layer_tensors_[l]) advice(tensor->bytes);
}

size_t Weights::layer_file_bytes() const {
  size_t bytes = 0;
  for (const StoredTensor* tensor : layer_tensors_.front()) {
    bytes += tensor->bytes.size();
  }
  return bytes;
}

DType Weights::dtype() const {
  return layer_tensors_.front()[static_cast<size_t>(LayerTensor::kWIn)]->dtype;
}

Status Weights::embed(std::span<const int> ids, size_t first_position,
                      MatrixView<float> out) const {
  EXCISE_CHECK(file_.check_unchanged());
  Matrix<float> position(1, config_.d_model);
  for (size_t t = 0; t < ids.size(); ++t) {
    const size_t place = first_position + t;
    if (ids[t] < 0 || static_cast<size_t>(ids[t]) >= config_.d_vocab ||
        place >= config_.n_ctx) {
      return fail(
          ErrorCode::kInternal,
          {.where = "weights",
           .subject = "token " + std::to_string(t),
           .expected = "an id and a position of the model",
           .found = std::to_string(ids[t]) + " at " + std::to_string(place)});
    }
    const StoredTensor token =
        row_of_tensor(*token_embedding_, static_cast<size_t>(ids[t]));
    const StoredTensor place_row = row_of_tensor(*position_embedding_, place);
    EXCISE_CHECK(check_finite(token));
    EXCISE_CHECK(check_finite(place_row));
    EXCISE_CHECK(token.copy_rows(0, out.row_range(t, 1)));
    EXCISE_CHECK(place_row.copy_rows(0, position));
    for (size_t j = 0; j < config_.d_model; ++j) {
      out(t, j) += position(0, j);
      if (std::isfinite(out(t, j))) continue;
      return fail(ErrorCode::kBadFile,
                  {.where = "forward",
                   .subject = "the embedding of token " + std::to_string(t),
                   .expected = "numbers within float32, which ends at 3.4e38",
                   .found = "the sum of " + token.name + " and " +
                            place_row.name + " beyond it"});
    }
  }
  return {};
}

}  // namespace excise
