#include "python/basis_handle.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <utility>

#include "intervention/linear_basis.h"
#include "math/statistics/finite.h"
#include "python/arrays.h"

namespace excise {
namespace {

namespace nb = nanobind;

Matrix<double> matrix_of(const DoubleMatrixArgument& array) {
  auto matrix = Matrix<double>::uninitialized(array.shape(0), array.shape(1));
  std::copy_n(array.data(), array.size(), matrix.values().begin());
  return matrix;
}

tl::unexpected<Error> refuse(const std::string& name, std::string expected,
                             std::string found) {
  return fail(ErrorCode::kBadInput, {.where = "basis",
                                     .subject = name,
                                     .expected = std::move(expected),
                                     .found = std::move(found)});
}

}  // namespace

Result<std::shared_ptr<const Decomposition>> basis_of(const PythonParts& parts,
                                                      const std::string& name) {
  const auto& [atoms, filters, mean] = parts;
  const size_t components = atoms.shape(0);
  const size_t width = atoms.shape(1);
  if (components == 0 || width == 0)
    return refuse(name, "at least one component", "none");
  if (filters.shape(0) != components || filters.shape(1) != width ||
      (mean && mean->shape(0) != width)) {
    return refuse(name, "atoms, filters and a mean of one width",
                  "shapes that do not fit together");
  }
  LinearParts linear;
  linear.basis = name;
  linear.atoms = matrix_of(atoms);
  linear.filters = matrix_of(filters);
  if (mean) {
    linear.op = {Mean::kNeuron, Mean::kNeuron};
    linear.mean.assign(mean->data(), mean->data() + width);
  }
  if (!all_finite(linear.atoms.values()) ||
      !all_finite(linear.filters.values()) || !all_finite(linear.mean))
    return refuse(name, "finite numbers", "NaN or infinity");
  return std::make_shared<const LinearBasis>(std::move(linear));
}

LayerFit PythonFit::function() {
  return
      [this](size_t layer, MatrixView<const float> a) { return fit(layer, a); };
}

BasisSet PythonFit::fitted() const {
  BasisSet set = fitted_;
  set.basis = name_;
  return set;
}

Result<std::shared_ptr<const Decomposition>> PythonFit::fit(
    size_t layer, MatrixView<const float> a) {
  std::shared_ptr<const Decomposition> basis;
  EXCISE_CHECK(calls_.guarded([&]() -> Status {
    const nb::object parts = function_(layer, to_array(converted<float>(a)));
    basis = EXCISE_TRY(basis_of(nb::cast<PythonParts>(parts), name_));
    const std::string hook = hook_name({hook_, layer});
    if (!fitted_.find(hook)) fitted_.hooks.emplace_back(hook, basis);
    return {};
  }));
  return basis;
}

}  // namespace excise
