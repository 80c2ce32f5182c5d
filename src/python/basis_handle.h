// Fitted bases that Python objects share, and bases that Python itself fitted.
#ifndef EXCISE_PYTHON_BASIS_HANDLE_H_
#define EXCISE_PYTHON_BASIS_HANDLE_H_

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/error.h"
#include "fit/basis_source.h"
#include "intervention/basis_file.h"
#include "model/architecture/hooks.h"
#include "python/python_calls.h"

namespace excise {

struct BasisHandle {
  std::shared_ptr<const BasisSet> set;
};

// Affine codes as Python states them: atoms and filters [components, width],
// mean [width] or None.
using DoubleMatrixArgument =
    nanobind::ndarray<const double, nanobind::ndim<2>, nanobind::c_contig,
                      nanobind::device::cpu>;
using DoubleVectorArgument =
    nanobind::ndarray<const double, nanobind::ndim<1>, nanobind::c_contig,
                      nanobind::device::cpu>;
using PythonParts = std::tuple<DoubleMatrixArgument, DoubleMatrixArgument,
                               std::optional<DoubleVectorArgument>>;

// name: what results call the basis. Errors: bad_input for shapes that do not
// fit together and for NaN.
Result<std::shared_ptr<const Decomposition>> basis_of(const PythonParts& parts,
                                                      const std::string& name);

// A fit that a Python function does: function(layer, a [tokens, width]) gives
// PythonParts. Must outlive the experiment, which runs without Python's lock.
class PythonFit {
 public:
  PythonFit(nanobind::callable function, std::string name, HookPoint hook)
      : function_(std::move(function)), name_(std::move(name)), hook_(hook) {}

  LayerFit function();
  // Throws what the function raised, if it did.
  void rethrow() const { calls_.rethrow(); }
  // The first fit of each layer, without provenance.
  BasisSet fitted() const;

 private:
  Result<std::shared_ptr<const Decomposition>> fit(size_t layer,
                                                   MatrixView<const float> a);
  nanobind::callable function_;
  std::string name_;
  HookPoint hook_;
  BasisSet fitted_;
  PythonCalls calls_{"basis"};
};

}  // namespace excise

#endif  // EXCISE_PYTHON_BASIS_HANDLE_H_
