#include "model/finite_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace excise {
namespace {

bool all_finite(std::span<const float> values) {
  // 0 times a number is 0, times anything else NaN.
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < values.size(); ++i) sum += values[i] * 0.0F;
  return sum == 0.0F;
}

std::optional<size_t> first_bad_row(MatrixView<const float> values) {
  for (size_t i = 0; i < values.rows(); ++i) {
    if (!all_finite(values.row(i))) return i;
  }
  return std::nullopt;
}

// What the step gives.
std::string_view text_of(StepKind kind, Slot slot) {
  if (kind == StepKind::kAttend) return "the products of queries and keys";
  if (kind == StepKind::kGate) return "the products of the gate";
  switch (slot) {
    case Slot::kNorm1:
      return "the LayerNorm before attention";
    case Slot::kQkv:
      return "queries, keys and values";
    case Slot::kQNorm:
      return "the norm of the queries";
    case Slot::kKNorm:
      return "the norm of the keys";
    case Slot::kO:
    case Slot::kNormAttnOut:
      return "the residual stream behind attention";
    case Slot::kNorm2:
      return "the LayerNorm before the MLP";
    case Slot::kIn:
    case Slot::kGate:
      return "the pre-activations of the MLP";
    case Slot::kOut:
    case Slot::kNormMlpOut:
      return "the residual stream behind the MLP";
  }
  return "values";
}

// By size, sign aside; tensor is finite.
Result<float> largest(const StoredTensor& tensor) {
  auto row = Matrix<float>::uninitialized(1, tensor.cols());
  float found = 0;
  for (size_t i = 0; i < tensor.rows(); ++i) {
    EXCISE_CHECK(tensor.copy_rows(i, row));
    for (const float value : row.values())
      found = std::max(found, std::abs(value));
  }
  return found;
}

// weight: the largest of the tensor called `name`. Where it is of a usual size
// the file is not to blame.
tl::unexpected<Error> overflow(std::string subject, std::string_view name,
                               float weight) {
  constexpr float kUsualWeight = 1e6;
  const bool usual = weight < kUsualWeight;
  return fail(
      usual ? ErrorCode::kBadInput : ErrorCode::kBadFile,
      {.where = "forward",
       .subject = std::move(subject),
       .expected = "numbers within float32, which ends at 3.4e38",
       .found = "larger ones",
       .hint = fmt::format("the largest weight of {} is {:.2g}{}", name, weight,
                           usual ? ", so what comes in is too large, by an "
                                   "edit, a LayerNorm or a layer below"
                                 : "")});
}

}  // namespace

bool all_finite(MatrixView<const float> values) {
  return !first_bad_row(values);
}

Status check_step(const Weights& weights, size_t l, StepKind kind, Slot slot,
                  MatrixView<const float> values) {
  const auto row = first_bad_row(values);
  if (!row) return {};
  EXCISE_CHECK(weights.check_layer(l));
  const StoredTensor* blamed = nullptr;
  float value = 0;
  for (const StoredTensor& part : weights.slot(l, slot).weight) {
    const float of_part = EXCISE_TRY(largest(part));
    if (blamed != nullptr && of_part <= value) continue;
    blamed = &part;
    value = of_part;
  }
  return overflow(
      fmt::format("layer {}, {} at token {}", l, text_of(kind, slot), *row),
      blamed->name, value);
}

Status check_final_norm(const Weights& weights,
                        MatrixView<const float> values) {
  const auto row = first_bad_row(values);
  if (!row) return {};
  float value = 0;
  for (const float weight : weights.ln_final_weight().row(0))
    value = std::max(value, std::abs(weight));
  return overflow(fmt::format("the final LayerNorm at token {}", *row),
                  "ln_f.weight", value);
}

Status check_logits(const Weights& weights, size_t first_token,
                    MatrixView<const float> logits) {
  const auto bad = first_bad_row(logits);
  if (!bad) return {};
  const auto row = logits.row(*bad);
  const auto at = std::ranges::find_if(
      row, [](float logit) { return !std::isfinite(logit); });
  const size_t token = first_token + static_cast<size_t>(at - row.begin());
  const StoredTensor of_token = row_of_tensor(weights.unembedding(), token);
  EXCISE_CHECK(check_finite(of_token));
  const float value = EXCISE_TRY(largest(of_token));
  return overflow(
      fmt::format("the logit of token id {} at token {}", token, *bad),
      of_token.name, value);
}

Status check_hooked(const HookSite& site, MatrixView<const float> value) {
  const auto row = first_bad_row(value);
  if (!row) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "forward",
               .subject = fmt::format("what was written at {}, token {}",
                                      hook_name(site), *row),
               .expected = "finite numbers",
               .found = "NaN or infinity",
               .hint = "the edit drives the model out of float32"});
}

}  // namespace excise
