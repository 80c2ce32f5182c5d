// Weights around the blocks, and the logits of states: for a logit lens in
// Python.
#include <nanobind/stl/string_view.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/threads.h"
#include "model/forward.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/errors.h"
#include "python/fork.h"
#include "python/model_handle.h"

namespace excise {
namespace {

namespace nb = nanobind;

// A view of the mapped file where it stores float32, else a widened copy.
nb::object array_of(const ModelHandle& handle, const StoredTensor& tensor) {
  const Weights& weights = handle.model->weights;
  Matrix<float> wide;
  {
    const nb::gil_scoped_release unlocked;
    unwrap(weights.file().confirmed(check_finite(tensor)));
    if (tensor.dtype != DType::kF32)
      wide = unwrap(weights.file().confirmed(widened(tensor)));
  }
  if (tensor.dtype == DType::kF32) {
    const auto view = tensor_view(tensor.dtype, tensor.bytes, tensor.shape,
                                  keep(handle.model));
    if (view) return *view;
    wide = unwrap(widened(tensor));
  }
  const auto owner = std::make_shared<Matrix<float>>(std::move(wide));
  return array_view<const float>(owner->data(), {owner->rows(), owner->cols()},
                                 keep(owner));
}

nb::object vector_of(const ModelHandle& handle, MatrixView<const float> row) {
  if (row.rows() == 0) return nb::none();
  return array_view<const float>(row.data(), {row.cols()}, keep(handle.model));
}

// W_E and unembedding [d_vocab, d_model], W_pos [n_ctx, d_model], b_U
// [d_vocab], ln_final.w and ln_final.b [d_model]; None for what the model does
// not have.
nb::object weight(const ModelHandle& handle, std::string_view name) {
  const Working working;
  const Weights& weights = handle.model->weights;
  if (name == "W_E") return array_of(handle, weights.token_embedding());
  if (name == "unembedding") return array_of(handle, weights.unembedding());
  if (name == "b_U") return vector_of(handle, weights.head_bias());
  if (name == "ln_final.w") return vector_of(handle, weights.ln_final_weight());
  if (name == "ln_final.b") return vector_of(handle, weights.ln_final_bias());
  const auto positions = weights.position_embedding();
  return positions ? array_of(handle, *positions) : nb::none();
}

nb::object logits_of(const ModelHandle& handle, const MatrixArgument& states) {
  const Working working;
  const ThreadCount threads(handle.threads);
  Matrix<float> out;
  {
    const nb::gil_scoped_release unlocked;
    const Weights& weights = handle.model->weights;
    out =
        unwrap(weights.file().confirmed(unembed(weights, matrix_view(states))));
  }
  return to_array(std::move(out));
}

}  // namespace

void bind_weights(nb::module_& module) {
  module.def("weight", &weight, nb::arg("model"), nb::arg("name"),
             nb::sig("def weight(model: Model, name: str) -> "
                     "numpy.typing.NDArray[numpy.float32] | None"));
  module.def("unembed", &logits_of, nb::arg("model"), nb::arg("states"),
             nb::sig("def unembed(model: Model, states: "
                     "numpy.typing.NDArray[numpy.float32]) -> "
                     "numpy.typing.NDArray[numpy.float32]"));
}

}  // namespace excise
