#include "intervention/decomposition.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "intervention/bases/svd.h"
#include "intervention/removal.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/decomposition_handle.h"
#include "python/errors.h"
#include "python/fork.h"

namespace excise {
namespace {

namespace nb = nanobind;

using Components = std::vector<size_t>;

// What the options of a removal mean: those of `excise sweep`.
RemovalOperator removal_of(const std::optional<std::string>& preset,
                           const std::optional<std::string>& centre,
                           const std::optional<std::string>& restore) {
  return unwrap(choose_removal(preset.value_or("published"), centre, restore))
      .removal;
}

DecompositionHandle fit_svd_of_text(const MatrixArgument& a,
                                    const std::optional<std::string>& preset,
                                    const std::optional<std::string>& centre,
                                    const std::optional<std::string>& restore) {
  const Working working;
  const RemovalOperator op = removal_of(preset, centre, restore);
  const nb::gil_scoped_release unlocked;
  return {unwrap(fit_text_svd(matrix_view(a), op))};
}

nb::object encode(const DecompositionHandle& handle, const MatrixArgument& a,
                  const Components& components) {
  const Working working;
  Matrix<double> codes;
  {
    const nb::gil_scoped_release unlocked;
    codes = unwrap(handle.decomposition->encode(matrix_view(a), components));
  }
  return to_array(std::move(codes));
}

nb::object atoms(const DecompositionHandle& handle,
                 const Components& components) {
  return to_array(unwrap(handle.decomposition->atoms(components)));
}

// A' [tokens, neurons].
nb::object remove(const DecompositionHandle& handle, const MatrixArgument& a,
                  const Components& components) {
  const Working working;
  const MatrixView<const float> before = matrix_view(a);
  auto edited = Matrix<float>::uninitialized(before.rows(), before.cols());
  {
    const nb::gil_scoped_release unlocked;
    unwrap(removal_change(*handle.decomposition, before, components, edited));
    for (size_t i = 0; i < before.rows(); ++i) {
      std::ranges::transform(before.row(i), edited.row(i),
                             edited.row(i).begin(), std::plus<>());
    }
  }
  return to_array(std::move(edited));
}

nb::object singular_values(const DecompositionHandle& handle) {
  const std::span<const double> values =
      handle.decomposition->singular_values();
  return array_view<const double>(values.data(), {values.size()},
                                  keep(handle.decomposition));
}

double share(const DecompositionHandle& handle, const MatrixArgument& a,
             const Components& components) {
  const Working working;
  const nb::gil_scoped_release unlocked;
  return unwrap(
      energy_share(*handle.decomposition, matrix_view(a), components));
}

}  // namespace

void bind_decomposition(nb::module_& module) {
  nb::class_<DecompositionHandle>(module, "Decomposition",
                                  "A fitted decomposition of activations.")
      .def_prop_ro("basis",
                   [](const DecompositionHandle& handle) {
                     return std::string(handle.decomposition->basis());
                   })
      .def_prop_ro("n_components",
                   [](const DecompositionHandle& handle) {
                     return handle.decomposition->n_components();
                   })
      .def_prop_ro("n_neurons",
                   [](const DecompositionHandle& handle) {
                     return handle.decomposition->n_neurons();
                   })
      .def_prop_ro("identity_when_empty",
                   [](const DecompositionHandle& handle) {
                     return handle.decomposition->identity_when_empty();
                   })
      .def_prop_ro("singular_values", &singular_values,
                   nb::sig("def singular_values(self) -> "
                           "numpy.typing.NDArray[numpy.float64]"))
      .def("encode", &encode, nb::arg("a"), nb::arg("components"),
           nb::sig("def encode(self, a: numpy.typing.NDArray[numpy.float32], "
                   "components: collections.abc.Sequence[int]) -> "
                   "numpy.typing.NDArray[numpy.float64]"))
      .def("atoms", &atoms, nb::arg("components"),
           nb::sig("def atoms(self, components: collections.abc.Sequence[int]) "
                   "-> numpy.typing.NDArray[numpy.float64]"))
      .def("remove", &remove, nb::arg("a"), nb::arg("components"),
           nb::sig("def remove(self, a: numpy.typing.NDArray[numpy.float32], "
                   "components: collections.abc.Sequence[int]) -> "
                   "numpy.typing.NDArray[numpy.float32]"))
      .def("share", &share, nb::arg("a"), nb::arg("components"));
  module.def("fit_svd", &fit_svd_of_text, nb::arg("a"),
             nb::arg("preset") = nb::none(), nb::arg("centre") = nb::none(),
             nb::arg("restore") = nb::none());
  module.def(
      "check_removal",
      [](const std::optional<std::string>& preset,
         const std::optional<std::string>& centre,
         const std::optional<std::string>& restore) {
        removal_of(preset, centre, restore);
      },
      nb::arg("preset") = nb::none(), nb::arg("centre") = nb::none(),
      nb::arg("restore") = nb::none(),
      "Refuses what is no preset, centre or restored mean.");
}

}  // namespace excise
