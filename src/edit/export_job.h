// One export from the edits to the folder: written, checked, judged, described.
#ifndef EXCISE_EDIT_EXPORT_JOB_H_
#define EXCISE_EDIT_EXPORT_JOB_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "edit/edit.h"
#include "edit/export_model.h"
#include "io/dtype.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

// The difference that an exact export keeps, nats; what storing in 16 bits
// rounds is stated, not refused.
inline constexpr double kExportLimit = 1e-5;

// "auto" (nothing: the model's dtype where it holds the edited weights, else
// F32), "same", "f32", "f16", "bf16". Error: bad_input.
Result<std::optional<DType>> parse_export_dtype(const std::string& name,
                                                const Model& model);

// The first tokens of a text, or random ids where the model has no tokenizer.
Result<std::vector<int>> export_check_ids(const Model& model,
                                          const std::string& text);

struct ExportOutcome {
  ExportedWeights weights;
  std::optional<ExportCheck> check;
};

// Into the folder's hidden place; commit() makes it appear. check_ids: run
// through both models; nothing: no check. Errors: those of write_edited_model,
// check_export and write_export_readme; internal when the written model is not
// the hooked one.
Result<ExportOutcome> export_edited(
    const Model& model, std::span<const Edit> edits, std::optional<DType> dtype,
    const std::optional<std::vector<int>>& check_ids,
    const std::string& program_version, const OutputFolder& folder,
    const Progress& progress);

// Schema "excise.export/1" (docs/formats.md).
std::string export_json(const Model& model, const std::string& model_name,
                        std::span<const Edit> edits,
                        const ExportOutcome& outcome, const std::string& out);

}  // namespace excise

#endif  // EXCISE_EDIT_EXPORT_JOB_H_
