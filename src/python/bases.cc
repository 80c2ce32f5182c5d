// Bases fitted at hooks of a model, as basis files hold them.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/threads.h"
#include "experiment/common/bundled.h"
#include "experiment/common/number_lists.h"
#include "experiment/sweep/spec.h"
#include "fit/basis_fit.h"
#include "fit/fit_json.h"
#include "intervention/bases/read_basis.h"
#include "intervention/bases/registry.h"
#include "intervention/linear_basis.h"
#include "python/arrays.h"
#include "python/basis_handle.h"
#include "python/bindings.h"
#include "python/decomposition_handle.h"
#include "python/errors.h"
#include "python/interruptible.h"
#include "python/model_handle.h"
#include "run/edit_place.h"

namespace excise {
namespace {

namespace nb = nanobind;

BasisHandle read(const std::filesystem::path& path) {
  const nb::gil_scoped_release unlocked;
  return {std::make_shared<const BasisSet>(unwrap(read_basis(path)))};
}

void write(const BasisHandle& handle, const std::filesystem::path& path) {
  const nb::gil_scoped_release unlocked;
  unwrap(write_basis_file(*handle.set, path));
}

// hooks: what Python fitted at each, in the order of the forward pass.
BasisHandle make(const ModelHandle& model, const std::string& name,
                 const std::vector<std::pair<std::string, PythonParts>>& hooks,
                 const std::string& description) {
  BasisSet set;
  set.basis = name;
  set.provenance.program_version = program_version();
  set.provenance.model = model.name;
  set.provenance.model_fingerprint = model.model->fingerprint();
  set.provenance.options["python"] = description;
  for (const auto& [hook, parts] : hooks)
    set.hooks.emplace_back(hook, unwrap(basis_of(parts, name)));
  return {std::make_shared<const BasisSet>(std::move(set))};
}

// A set of the one basis.
BasisHandle alone(const BasisHandle& handle, const std::string& hook) {
  BasisSet one;
  one.basis = handle.set->basis;
  one.provenance = handle.set->provenance;
  one.hooks.emplace_back(hook, unwrap(handle.set->get(hook)));
  return {std::make_shared<const BasisSet>(std::move(one))};
}

// (bases, the JSON of `excise fit --json`).
std::pair<BasisHandle, std::string> fit(
    const ModelHandle& model, const std::string& basis, const std::string& hook,
    const std::vector<std::string>& texts, bool text_is_class,
    const std::vector<std::string>& class_tokens, size_t components,
    std::optional<double> shrinkage, const std::optional<std::string>& preset,
    const std::optional<std::string>& centre,
    const std::optional<std::string>& restore, size_t window, bool hold_out,
    uint64_t seed, const nb::object& report) {
  FitSpec spec;
  spec.basis = basis;
  spec.hook = hook;
  spec.text = {.texts = texts,
               .text_is_class = text_is_class,
               .class_tokens = class_tokens,
               .window = window,
               .hold_out = hold_out};
  spec.options.components = components;
  spec.options.shrinkage = shrinkage;
  spec.options.seed = seed;
  unwrap(set_fit_basis(preset, centre, restore, spec));
  auto fitted = run_interruptible<BasisFit>(
      report, [&](const Progress& progress) -> Result<BasisFit> {
        const ThreadCount threads(model.threads);
        const FitText text =
            EXCISE_TRY(prepare_fit_text(*model.model, spec.text));
        return model.model->weights.file().confirmed(
            fit_basis(*model.model, spec, text, progress));
      });
  fitted.set.provenance.model = model.name;
  fitted.set.provenance.program_version = program_version();
  std::string json = file_text(fit_json(fitted, ""));
  return {{std::make_shared<const BasisSet>(std::move(fitted.set))},
          std::move(json)};
}

// The arrays of one hook, read-only; those it does not have are left out.
nb::dict parts(const BasisHandle& handle, const std::string& hook) {
  const auto basis = unwrap(handle.set->get(hook));
  nb::dict out;
  const LinearParts* linear = linear_parts(*basis);
  if (linear == nullptr) return out;
  const nb::capsule owner = keep(basis);
  const auto add = [&](const char* name, MatrixView<const double> matrix) {
    if (matrix.rows() == 0) return;
    out[name] = array_view<const double>(matrix.data(),
                                         {matrix.rows(), matrix.cols()}, owner);
  };
  const auto add_vector = [&](const char* name,
                              const std::vector<double>& values) {
    if (values.empty()) return;
    out[name] = array_view<const double>(values.data(), {values.size()}, owner);
  };
  add("atoms", linear->atoms);
  add("filters", static_cast<const LinearBasis&>(*basis).filters());
  add_vector("mean", linear->mean);
  add_vector("values", linear->values);
  add("class_codes", linear->class_codes);
  return out;
}

std::vector<std::string> hooks(const BasisHandle& handle) {
  std::vector<std::string> names;
  for (const auto& [name, basis] : handle.set->hooks) names.push_back(name);
  return names;
}

nb::dict provenance(const BasisHandle& handle) {
  const BasisProvenance& from = handle.set->provenance;
  nb::dict out;
  out["program_version"] = from.program_version;
  out["model"] = from.model;
  out["model_fingerprint"] = from.model_fingerprint;
  out["text_fingerprint"] = from.text_fingerprint;
  out["n_tokens"] = from.n_tokens;
  nb::dict options;
  for (const auto& [key, value] : from.options) options[key.c_str()] = value;
  out["options"] = options;
  return out;
}

// {layer: its hook} of an experiment that edits `hook` at `layers`.
std::vector<std::pair<size_t, std::string>> edited_hooks(
    const ModelHandle& model, const std::optional<std::string>& hook,
    const std::string& layers) {
  NamedHook place{Spec().hook};
  if (hook) place = unwrap(parse_edit_place(*hook));
  std::vector<std::pair<size_t, std::string>> out;
  for (const size_t layer :
       unwrap(parse_layers(unwrap(layers_of_place(place, layers)),
                           model.model->config.n_layers)))
    out.emplace_back(layer, hook_name({place.point, layer}));
  return out;
}

}  // namespace

void bind_bases(nb::module_& module) {
  nb::class_<BasisHandle>(module, "BasisSet", "Bases by hook.")
      .def_prop_ro("basis",
                   [](const BasisHandle& handle) { return handle.set->basis; })
      .def_prop_ro("hooks", &hooks)
      .def_prop_ro("provenance", &provenance,
                   nb::sig("def provenance(self) -> dict[str, typing.Any]"))
      .def("parts", &parts, nb::arg("hook"),
           nb::sig("def parts(self, hook: str) -> "
                   "dict[str, numpy.typing.NDArray[numpy.float64]]"))
      .def(
          "decomposition",
          [](const BasisHandle& handle, const std::string& hook) {
            return DecompositionHandle{unwrap(handle.set->get(hook))};
          },
          nb::arg("hook"))
      .def("alone", &alone, nb::arg("hook"))
      .def("write", &write, nb::arg("path"),
           nb::sig("def write(self, path: str | os.PathLike[str]) -> None"));
  module.def("read_basis", &read, nb::arg("path"),
             nb::sig("def read_basis(path: str | os.PathLike[str]) -> "
                     "BasisSet"),
             "A basis file, or the folder of an sae.");
  module.def(
      "make_basis", &make, nb::arg("model"), nb::arg("name"), nb::arg("hooks"),
      nb::arg("description"),
      nb::sig(
          "def make_basis(model: Model, name: str, hooks: "
          "collections.abc.Sequence[tuple[str, "
          "tuple[numpy.typing.NDArray[numpy.float64], "
          "numpy.typing.NDArray[numpy.float64], "
          "numpy.typing.NDArray[numpy.float64] | None]]], description: str) "
          "-> BasisSet"),
      "From (atoms, filters, mean) of each hook.");
  module.def("fit", &fit, nb::arg("model"), nb::arg("basis"), nb::arg("hook"),
             nb::arg("texts"), nb::arg("text_is_class"),
             nb::arg("class_tokens"), nb::arg("components"),
             nb::arg("shrinkage").none(), nb::arg("preset").none(),
             nb::arg("centre").none(), nb::arg("restore").none(),
             nb::arg("window"), nb::arg("hold_out"), nb::arg("seed"),
             nb::arg("report").none(),
             "(bases, the JSON of `excise fit --json`).");
  module.def(
      "basis_kinds",
      [] {
        std::vector<std::string> kinds;
        for (const BasisKind& kind : basis_kinds())
          kinds.emplace_back(kind.name);
        return kinds;
      },
      "Names of bases that the engine fits.");
  module.def("edited_hooks", &edited_hooks, nb::arg("model"),
             nb::arg("hook").none(), nb::arg("layers"),
             "(layer, hook) of an experiment's edits.");
}

}  // namespace excise
