#include "model/weights.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/signal_stack.h"
#include "model/architecture/family.h"
#include "model/tensor_check.h"

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

// Rows of a matrix, or elements of a vector, as a tensor of their own.
StoredTensor part_of_tensor(const StoredTensor& tensor, size_t first,
                            size_t count) {
  const bool vector = tensor.shape.size() == 1;
  const size_t bytes = stored_bytes(tensor.dtype, vector ? 1 : tensor.cols());
  StoredTensor part = tensor;
  part.shape.front() = count;
  part.bytes = tensor.bytes.subspan(first * bytes, count * bytes);
  return part;
}

// Widens tensors, one below the other or, of vectors, one behind the other.
// Views the tensor itself where it is one of float32.
Status read_tensors(std::span<const StoredTensor> tensors,
                    Matrix<float>& storage, MatrixView<const float>& to) {
  to = {};
  if (tensors.empty()) return {};
  if (tensors.size() == 1) {
    if (const auto view = tensors.front().as_float_view()) {
      to = *view;
      return {};
    }
  }
  const bool vectors = tensors.front().shape.size() == 1;
  size_t rows = 0, cols = 0;
  for (const StoredTensor& tensor : tensors) {
    rows = vectors ? 1 : rows + tensor.rows();
    cols = vectors ? cols + tensor.cols() : tensor.cols();
  }
  if (storage.rows() != rows || storage.cols() != cols)
    storage = Matrix<float>::uninitialized(rows, cols);
  size_t first = 0;
  for (const StoredTensor& tensor : tensors) {
    const size_t count = vectors ? tensor.cols() : tensor.rows();
    EXCISE_CHECK(
        tensor.copy_rows(0, vectors ? storage.view().col_range(first, count)
                                    : storage.view().row_range(first, count)));
    first += count;
  }
  to = storage.view();
  return {};
}

// The scales of a norm whose weights are what they differ from 1 by.
Matrix<float> plus_one(MatrixView<const float> weights) {
  Matrix<float> scales(1, weights.cols());
  for (size_t i = 0; i < weights.cols(); ++i) scales(0, i) = 1 + weights(0, i);
  return scales;
}

}  // namespace

Status check_finite(const StoredTensor& tensor) {
  if (const auto index = tensor.first_non_finite()) {
    return not_finite(tensor.name, *index);
  }
  return {};
}

StoredTensor row_of_tensor(const StoredTensor& tensor, size_t row) {
  const size_t bytes = stored_bytes(tensor.dtype, tensor.cols());
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
  weights.prefix_ = tensor_prefix(weights.file_, config);
  const auto get = [&](std::string_view name) {
    return table_tensor(weights.file_, weights.prefix_, name, config);
  };
  weights.token_embedding_ = EXCISE_TRY(get(token_embedding_name(config)));
  if (config.architecture.learned_positions) {
    weights.position_embedding_ =
        EXCISE_TRY(get(position_embedding_name(config)));
  }
  weights.unembedding_ = config.tie_word_embeddings
                             ? weights.token_embedding_
                             : EXCISE_TRY(get(head_name(config)));
  weights.ln_final_weight_ = EXCISE_TRY(
      weights.norm_scale(*EXCISE_TRY(get(final_norm_weight_name(config)))));
  if (config.architecture.biases.norm) {
    weights.ln_final_bias_ =
        EXCISE_TRY(widened(*EXCISE_TRY(get(final_norm_bias_name(config)))));
  }
  if (config.architecture.biases.head) {
    weights.head_bias_ =
        EXCISE_TRY(widened(*EXCISE_TRY(get(head_bias_name(config)))));
  }
  EXCISE_CHECK(weights.find_slots());
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

Status Weights::find_slots() {
  const WeightLayout layout = config_.tensors().linear == LinearLayout::kInOut
                                  ? WeightLayout::kInOut
                                  : WeightLayout::kOutIn;
  const auto find = [&](const std::vector<TensorPart>& parts,
                        std::vector<StoredTensor>& found) -> Status {
    for (const TensorPart& part : parts) {
      const StoredTensor* tensor =
          EXCISE_TRY(table_tensor(file_, prefix_, part.name, config_));
      found.push_back(part.count == 0
                          ? *tensor
                          : part_of_tensor(*tensor, part.first, part.count));
      found.back().d_head_of_pairs = part.d_head_of_pairs;
    }
    return {};
  };
  layers_.resize(config_.n_layers);
  for (size_t l = 0; l < config_.n_layers; ++l) {
    for (size_t i = 0; i < kSlots; ++i) {
      const SlotParts parts = slot_parts(config_, l, static_cast<Slot>(i));
      SlotTensors& slot = layers_[l][i];
      slot.layout = layout;
      EXCISE_CHECK(find(parts.weight, slot.weight));
      EXCISE_CHECK(find(parts.bias, slot.bias));
    }
  }
  return {};
}

Status Weights::check_layer(size_t l) const {
  for (const SlotTensors& slot : layers_[l]) {
    for (const auto* tensors : {&slot.weight, &slot.bias}) {
      for (const StoredTensor& tensor : *tensors)
        EXCISE_CHECK(check_finite(tensor));
    }
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
  w.storage.resize(2 * kSlots);
  for (size_t i = 0; i < kSlots; ++i) {
    const SlotTensors& stored = layers_[l][i];
    SlotWeights& slot = w.slots[i];
    slot.layout = stored.layout;
    EXCISE_CHECK(read_tensors(stored.weight, w.storage[2 * i], slot.weight));
    const bool is_norm =
        !stored.weight.empty() && stored.weight.front().shape.size() == 1;
    if (config_.architecture.norm_adds_one && is_norm) {
      w.storage[2 * i] = plus_one(slot.weight);
      slot.weight = w.storage[2 * i].view();
    }
    EXCISE_CHECK(read_tensors(stored.bias, w.storage[2 * i + 1], slot.bias));
  }
  return {};
}

Result<Matrix<float>> Weights::norm_scale(const StoredTensor& tensor) const {
  Matrix<float> scales = EXCISE_TRY(widened(tensor));
  return config_.architecture.norm_adds_one ? plus_one(scales)
                                            : std::move(scales);
}

Result<Matrix<float>> Weights::matrix(size_t l, Slot slot) const {
  const SlotTensors& stored = layers_[l][static_cast<size_t>(slot)];
  for (const StoredTensor& tensor : stored.weight)
    EXCISE_CHECK(check_finite(tensor));
  Matrix<float> storage;
  MatrixView<const float> weight;
  EXCISE_CHECK(read_tensors(stored.weight, storage, weight));
  const bool turned = stored.layout == WeightLayout::kOutIn;
  if (!turned && storage.rows() > 0) return storage;
  auto matrix =
      Matrix<float>::uninitialized(turned ? weight.cols() : weight.rows(),
                                   turned ? weight.rows() : weight.cols());
  for (size_t i = 0; i < matrix.rows(); ++i) {
    for (size_t j = 0; j < matrix.cols(); ++j)
      matrix(i, j) = turned ? weight(j, i) : weight(i, j);
  }
  return matrix;
}

void Weights::prefetch_layer(size_t l) const { advise(l, prefetch_pages); }
void Weights::map_layer(size_t l) const { advise(l, map_pages); }
void Weights::drop_layer(size_t l) const { advise(l, drop_pages); }

void Weights::advise(size_t l,
                     void (*advice)(std::span<const std::byte>)) const {
  if (is_small_) return;
  for (const SlotTensors& slot : layers_[l]) {
    for (const StoredTensor& tensor : slot.weight) advice(tensor.bytes);
    for (const StoredTensor& tensor : slot.bias) advice(tensor.bytes);
  }
}

size_t Weights::layer_file_bytes() const {
  size_t bytes = 0;
  for (const SlotTensors& slot : layers_.front()) {
    for (const StoredTensor& tensor : slot.weight) bytes += tensor.bytes.size();
    for (const StoredTensor& tensor : slot.bias) bytes += tensor.bytes.size();
  }
  return bytes;
}

DType Weights::dtype() const { return slot(0, Slot::kIn).weight.front().dtype; }

Status Weights::embed_tokens(std::span<const int> ids,
                             MatrixView<float> out) const {
  for (size_t t = 0; t < ids.size(); ++t) {
    if (ids[t] < 0 || static_cast<size_t>(ids[t]) >= config_.d_vocab) {
      return fail(ErrorCode::kInternal,
                  {.where = "weights",
                   .subject = "token " + std::to_string(t),
                   .expected = "an id of the model",
                   .found = std::to_string(ids[t])});
    }
    const StoredTensor token =
        row_of_tensor(*token_embedding_, static_cast<size_t>(ids[t]));
    EXCISE_CHECK(check_finite(token));
    EXCISE_CHECK(token.copy_rows(0, out.row_range(t, 1)));
  }
  const float scale = config_.architecture.embedding_scale;
  if (scale != 1) scale_by(scale, out);
  return {};
}

std::optional<StoredTensor> Weights::position_embedding() const {
  if (position_embedding_ == nullptr) return std::nullopt;
  const StoredTensor first = position_row(0);
  const StoredTensor& all = *position_embedding_;
  const size_t offset =
      static_cast<size_t>(first.bytes.data() - all.bytes.data());
  return StoredTensor{
      all.name,
      all.dtype,
      {config_.n_ctx, config_.d_model},
      all.bytes.subspan(offset, config_.n_ctx * first.bytes.size())};
}

StoredTensor Weights::position_row(size_t position) const {
  return row_of_tensor(*position_embedding_,
                       position + config_.architecture.first_position);
}

Status Weights::embed_positions(size_t first_position,
                                MatrixView<float> out) const {
  for (size_t t = 0; t < out.rows(); ++t) {
    const StoredTensor row = position_row(first_position + t);
    EXCISE_CHECK(check_finite(row));
    EXCISE_CHECK(row.copy_rows(0, out.row_range(t, 1)));
  }
  return {};
}

Status Weights::embed(std::span<const int> ids, size_t first_position,
                      MatrixView<float> out) const {
  EXCISE_CHECK(file_.check_unchanged());
  if (first_position + ids.size() > config_.n_ctx) {
    return fail(ErrorCode::kInternal,
                {.where = "weights",
                 .subject = "positions",
                 .expected = "at most " + std::to_string(config_.n_ctx),
                 .found = std::to_string(first_position + ids.size())});
  }
  EXCISE_CHECK(embed_tokens(ids, out));
  if (position_embedding_ == nullptr) return {};
  Matrix<float> position(1, config_.d_model);
  for (size_t t = 0; t < ids.size(); ++t) {
    const size_t place = first_position + t;
    EXCISE_CHECK(embed_positions(place, position));
    add_to(position, out.row_range(t, 1));
    if (std::ranges::all_of(out.row(t),
                            [](float value) { return std::isfinite(value); }))
      continue;
    const auto id = static_cast<size_t>(ids[t]);
    return fail(
        ErrorCode::kBadFile,
        {.where = "forward",
         .subject = "the embedding of token " + std::to_string(t),
         .expected = "numbers within float32, which ends at 3.4e38",
         .found = "the sum of " + row_of_tensor(*token_embedding_, id).name +
                  " and " + position_row(place).name + " beyond it"});
  }
  return {};
}

}  // namespace excise
