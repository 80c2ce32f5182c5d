// Edit files: read, opened on a model, applied to activations, and written into
// weights.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/threads.h"
#include "edit/export_job.h"
#include "experiment/common/bundled.h"
#include "experiment/concept/concept_apply.h"
#include "intervention/edit_spec.h"
#include "io/output_folder.h"
#include "python/arrays.h"
#include "python/basis_handle.h"
#include "python/bindings.h"
#include "python/edit_handle.h"
#include "python/errors.h"
#include "python/interruptible.h"
#include "python/model_handle.h"

namespace excise {
namespace {

namespace nb = nanobind;

nb::dict keys_of(const EditSpec& spec) {
  nb::dict out;
  out["hook"] = spec.hook;
  out["basis"] = spec.basis.string();
  out["components"] = nb::cast(spec.components);
  out["action"] = std::string(edit_action_name(spec.action));
  out["strength"] = spec.strength;
  out["class"] = spec.from_class;
  out["positions"] = spec.positions.text();
  return out;
}

// A relative basis counts from the file's folder.
nb::dict read(const std::filesystem::path& path) {
  return keys_of(unwrap(read_edit(path)));
}

// The edit that switches the concept of a fitted folder.
nb::dict concept_edit_of(const std::filesystem::path& fitted,
                         const std::string& way, std::optional<double> alpha,
                         std::optional<size_t> layer,
                         const std::optional<std::string>& positions) {
  ConceptChange change;
  change.way = unwrap(parse_concept_switch(way));
  change.alpha = alpha;
  change.layer = layer;
  if (positions) change.positions = unwrap(Positions::parse(*positions));
  return keys_of(
      unwrap(concept_edit(unwrap(read_fitted_concept(fitted)), change)));
}

// Refuses what no edit file could state.
void check(const std::string& toml) { unwrap(parse_edit(toml, "edit", "")); }

// As its file would state it, and the basis where that is at hand.
using StatedEdit = std::pair<std::string, std::optional<BasisHandle>>;

EditsHandle open(const ModelHandle& model,
                 const std::vector<StatedEdit>& stated) {
  const nb::gil_scoped_release unlocked;
  std::vector<Edit> edits;
  for (const auto& [toml, basis] : stated) {
    const EditSpec spec = unwrap(parse_edit(toml, "edit", ""));
    edits.push_back(unwrap(basis ? Edit::create(spec, *basis->set, *model.model)
                                 : Edit::open(spec, *model.model)));
  }
  return {std::make_shared<const std::vector<Edit>>(std::move(edits))};
}

// (edit, place, hook) in the order of the edits.
std::vector<std::tuple<size_t, size_t, std::string>> places(
    const EditsHandle& handle) {
  std::vector<std::tuple<size_t, size_t, std::string>> out;
  for (size_t e = 0; e < handle.edits->size(); ++e) {
    const std::vector<EditPlace>& of_edit = (*handle.edits)[e].places();
    for (size_t p = 0; p < of_edit.size(); ++p)
      out.emplace_back(e, p, hook_name(of_edit[p].site));
  }
  return out;
}

using WritableMatrix =
    nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void apply(const EditsHandle& handle, size_t edit, size_t place,
           const WritableMatrix& a, size_t first_position) {
  const Edit& one = handle.edits->at(edit);
  const EditPlace& where = one.places().at(place);
  const nb::gil_scoped_release unlocked;
  unwrap(one.apply(where, {a.data(), a.shape(0), a.shape(1)}, first_position));
}

std::string export_model(const ModelHandle& handle, const EditsHandle& opened,
                         const std::filesystem::path& out,
                         const std::string& dtype_name,
                         const std::optional<std::string>& text,
                         const nb::object& report) {
  const Model& model = *handle.model;
  const std::vector<Edit>& edits = *opened.edits;
  const auto dtype = unwrap(parse_export_dtype(dtype_name, model));
  std::optional<std::vector<int>> check_ids;
  if (text) check_ids = unwrap(export_check_ids(model, *text));
  return run_interruptible<std::string>(
      report, [&](const Progress& progress) -> Result<std::string> {
        const ThreadCount threads(handle.threads);
        OutputFolder folder = EXCISE_TRY(OutputFolder::create(out, false, ""));
        const ExportOutcome outcome = EXCISE_TRY(model.weights.file().confirmed(
            export_edited(model, edits, dtype, check_ids,
                          std::string(program_version()), folder, progress)));
        EXCISE_CHECK(progress.check_cancelled());
        EXCISE_CHECK(folder.commit());
        return export_json(model, handle.name, edits, outcome, out.string());
      });
}

}  // namespace

void bind_edits(nb::module_& module) {
  nb::class_<EditsHandle>(module, "OpenEdits", "Edits, ready for a model.")
      .def_prop_ro("places", &places)
      .def("apply", &apply, nb::arg("edit"), nb::arg("place"), nb::arg("a"),
           nb::arg("first_position"),
           nb::sig("def apply(self, edit: int, place: int, a: "
                   "numpy.typing.NDArray[numpy.float32], first_position: int) "
                   "-> None"),
           "In place, at one of `places`.");
  module.def("read_edit", &read, nb::arg("path"),
             nb::sig("def read_edit(path: str | os.PathLike[str]) -> "
                     "dict[str, typing.Any]"));
  module.def("check_edit", &check, nb::arg("toml"));
  module.def("concept_edit", &concept_edit_of, nb::arg("fitted"),
             nb::arg("switch"), nb::arg("alpha").none(),
             nb::arg("layer").none(), nb::arg("positions").none(),
             nb::sig("def concept_edit(fitted: str | os.PathLike[str], switch: "
                     "str, alpha: float | None, layer: int | None, positions: "
                     "str | None) -> dict[str, typing.Any]"));
  module.def("open_edits", &open, nb::arg("model"), nb::arg("stated"));
  module.def("export_model", &export_model, nb::arg("model"), nb::arg("edits"),
             nb::arg("out"), nb::arg("dtype"), nb::arg("text").none(),
             nb::arg("report").none(),
             nb::sig("def export_model(model: Model, edits: "
                     "OpenEdits, out: str | "
                     "os.PathLike[str], dtype: str, text: str | None, report: "
                     "object) -> str"),
             "Gives the JSON of `excise export`; text: of the check.");
}

}  // namespace excise
