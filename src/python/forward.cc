#include "model/forward.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <utility>

#include "core/threads.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/errors.h"
#include "python/fork.h"
#include "python/model_handle.h"
#include "python/python_calls.h"

namespace excise {
namespace {

namespace nb = nanobind;

// (hook name, function(array, hook name, layer)); the function changes the
// array in place.
using PythonHook = std::pair<std::string, nb::callable>;

// One forward pass on the calling thread, which holds Python's lock only while
// a Python function runs.
class PythonForward {
 public:
  explicit PythonForward(const ModelHandle& handle) : model_(*handle.model) {
    // Signals are Python's; a layer is the longest that they wait.
    hooks_.push_back(
        {"blocks.*.hook_resid_pre", [this](const HookSite&, MatrixView<float>) {
           return calls_.guarded([] {
             if (PyErr_CheckSignals() != 0) {
               throw nb::python_error();
             }
           });
         }});
  }

  void edit(const PythonHook& hook) {
    hooks_.push_back(
        {hook.first, [this, function = &hook.second](const HookSite& site,
                                                     MatrixView<float> value) {
           return edit_by(*function, calls_, site, model_.config, value,
                          hook_name(site), site.layer);
         }});
  }

  void capture(const std::string& name) {
    readers_.push_back(
        {name, [this](const HookSite& site, Matrix<float> value) -> Status {
           captured_.emplace_back(site, std::move(value));
           return {};
         }});
  }

  // Errors: those of run_forward; throws what a Python function raised.
  Result<ForwardOutput> run(std::span<const int> ids, size_t stop_at) {
    auto output = run_forward(model_.config, model_.weights, ids, hooks_, {},
                              readers_, stop_at);
    calls_.rethrow();
    return output;
  }

  nb::dict take_captured(size_t tokens) {
    nb::dict arrays;
    for (auto& [site, value] : captured_) {
      const Shape shape = hook_shape(model_.config, site.point, tokens);
      arrays[hook_name(site).c_str()] = to_array(std::move(value), shape);
    }
    return arrays;
  }

 private:
  const Model& model_;
  std::vector<Hook> hooks_;
  std::vector<Reader> readers_;
  std::vector<std::pair<HookSite, Matrix<float>>> captured_;
  PythonCalls calls_{"forward"};
};

// (logits [tokens, d_vocab], {hook name: value}); where it stops before a
// block, the state that goes into that, [tokens, d_model], in the place of
// logits.
nb::tuple run(const ModelHandle& handle, const IdsArgument& ids,
              const std::vector<PythonHook>& edits,
              const std::vector<std::string>& captures, size_t stop_at) {
  const Working working;
  const ThreadCount threads(handle.threads);
  const std::vector<int> checked = unwrap(read_ids(ids));
  PythonForward forward(handle);
  for (const PythonHook& edit : edits) forward.edit(edit);
  for (const std::string& name : captures) forward.capture(name);
  Matrix<float> result;
  {
    const nb::gil_scoped_release unlocked;
    const Weights& weights = handle.model->weights;
    ForwardOutput output =
        unwrap(weights.file().confirmed(forward.run(checked, stop_at)));
    result = output.normalized.empty()
                 ? std::move(output.resid_final)
                 : unwrap(weights.file().confirmed(
                       unembed(weights, output.normalized)));
  }
  return nb::make_tuple(to_array(std::move(result)),
                        forward.take_captured(checked.size()));
}

}  // namespace

void bind_forward(nb::module_& module) {
  module.def(
      "run", &run, nb::arg("model"), nb::arg("ids"), nb::arg("edits"),
      nb::arg("captures"), nb::arg("stop_at"),
      nb::sig("def run(model: Model, ids: numpy.typing.NDArray[numpy.int64], "
              "edits: collections.abc.Sequence[tuple[str, "
              "collections.abc.Callable[[numpy.typing.NDArray[numpy.float32], "
              "str, int], None]]], "
              "captures: collections.abc.Sequence[str], stop_at: int) -> "
              "tuple[numpy.typing.NDArray[numpy.float32], dict[str, "
              "numpy.typing.NDArray[numpy.float32]]]"),
      "Logits, or the state before block `stop_at`, and the values at the "
      "hooks in `captures` after all edits.");
}

}  // namespace excise
