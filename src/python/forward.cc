#include "model/forward.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "python/arrays.h"
#include "python/bindings.h"
#include "python/errors.h"
#include "python/fork.h"
#include "python/model_handle.h"

namespace excise {
namespace {

namespace nb = nanobind;

// (hook name, function(array, hook name, layer)); the function changes the
// array in place.
using PythonHook = std::pair<std::string, nb::callable>;

// As TransformerLens shapes it: heads have an axis of their own.
Shape shape_at(const HookSite& site, const ModelConfig& config,
               MatrixView<const float> value) {
  if (site.point == HookPoint::kZ) {
    return {value.rows(), config.n_heads, config.d_head};
  }
  return {value.rows(), value.cols()};
}

Matrix<float> copy_of(MatrixView<const float> value) {
  auto copy = Matrix<float>::uninitialized(value.rows(), value.cols());
  for (size_t i = 0; i < value.rows(); ++i) {
    std::ranges::copy(value.row(i), copy.row(i).begin());
  }
  return copy;
}

// One forward pass on the calling thread, which holds Python's lock only while
// a Python function runs.
class PythonForward {
 public:
  explicit PythonForward(const ModelHandle& handle) : model_(*handle.model) {
    // Signals are Python's; a layer is the longest that they wait.
    hooks_.push_back(
        {"blocks.*.hook_resid_pre", [this](const HookSite&, MatrixView<float>) {
           const nb::gil_scoped_acquire locked;
           return guarded([] {
             if (PyErr_CheckSignals() != 0) {
               throw nb::python_error();
             }
           });
         }});
  }

  // The function gets an array of its own, which may outlive the pass; what it
  // then holds becomes the value.
  void edit(const PythonHook& hook) {
    hooks_.push_back(
        {hook.first,
         [this, function = &hook.second](const HookSite& site,
                                         MatrixView<float> value) -> Status {
           auto copy = std::make_shared<Matrix<float>>(copy_of(value));
           {
             const nb::gil_scoped_acquire locked;
             EXCISE_CHECK(guarded([&] {
               (*function)(
                   array_view<float>(copy->data(),
                                     shape_at(site, model_.config, value),
                                     keep(copy)),
                   hook_name(site), site.layer);
             }));
           }
           for (size_t i = 0; i < value.rows(); ++i) {
             std::ranges::copy(copy->row(i), value.row(i).begin());
           }
           return {};
         }});
  }

  void capture(const std::string& name) {
    hooks_.push_back(
        {name, [this](const HookSite& site, MatrixView<float> value) -> Status {
           captured_.emplace_back(site, copy_of(value));
           return {};
         }});
  }

  // Errors: those of run_forward; throws what a Python function raised.
  Result<ForwardOutput> run(std::span<const int> ids) {
    auto output = run_forward(model_.config, model_.weights, ids, hooks_, {});
    if (raised_) std::rethrow_exception(raised_);
    return output;
  }

  nb::dict take_captured() {
    nb::dict arrays;
    for (auto& [site, value] : captured_) {
      const Shape shape = shape_at(site, model_.config, value);
      arrays[hook_name(site).c_str()] = to_array(std::move(value), shape);
    }
    return arrays;
  }

 private:
  template <typename Function>
  Status guarded(const Function& function) {
    try {
      function();
      return {};
    } catch (...) {
      raised_ = std::current_exception();
      return fail(ErrorCode::kInterrupted,
                  {.where = "forward", .subject = "stopped by Python"});
    }
  }

  const Model& model_;
  std::vector<Hook> hooks_;
  std::vector<std::pair<HookSite, Matrix<float>>> captured_;
  std::exception_ptr raised_;
};

// (logits [tokens, d_vocab], {hook name: value}).
nb::tuple run(const ModelHandle& handle, const IdsArgument& ids,
              const std::vector<PythonHook>& edits,
              const std::vector<std::string>& captures) {
  const Working working;
  const std::vector<int> checked = unwrap(read_ids(ids));
  PythonForward forward(handle);
  for (const PythonHook& edit : edits) forward.edit(edit);
  for (const std::string& name : captures) forward.capture(name);
  Matrix<float> logits;
  {
    const nb::gil_scoped_release unlocked;
    const Weights& weights = handle.model->weights;
    const ForwardOutput output =
        unwrap(weights.file().confirmed(forward.run(checked)));
    logits =
        unwrap(weights.file().confirmed(unembed(weights, output.normalized)));
  }
  return nb::make_tuple(to_array(std::move(logits)), forward.take_captured());
}

}  // namespace

void bind_forward(nb::module_& module) {
  module.def(
      "run", &run, nb::arg("model"), nb::arg("ids"), nb::arg("edits"),
      nb::arg("captures"),
      nb::sig("def run(model: Model, ids: numpy.typing.NDArray[numpy.int64], "
              "edits: collections.abc.Sequence[tuple[str, "
              "collections.abc.Callable[[numpy.typing.NDArray[numpy.float32], "
              "str, int], None]]], "
              "captures: collections.abc.Sequence[str]) -> "
              "tuple[numpy.typing.NDArray[numpy.float32], dict[str, "
              "numpy.typing.NDArray[numpy.float32]]]"),
      "Logits, and the values at the hooks in `captures` after all "
      "edits.");
}

}  // namespace excise
