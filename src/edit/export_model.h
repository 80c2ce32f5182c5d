// Writes a model with edits in its weights, and checks that it computes what
// the hooks compute.
#ifndef EXCISE_EDIT_EXPORT_MODEL_H_
#define EXCISE_EDIT_EXPORT_MODEL_H_

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "edit/edit.h"
#include "io/dtype.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

// How far an exported model is from the model with hooks, over all positions of
// a text. Log-probabilities in nats.
struct ExportCheck {
  size_t tokens = 0;
  double worst_next = 0;   // largest |difference| of log p of the next token
  double worst_any = 0;    // the same over the whole vocabulary
  double edit_effect = 0;  // largest change of log p of the next token by the
                           // edit itself: what the differences compare with
};

struct ExportedWeights {
  DType dtype = DType::kF32;
  bool rounds = false;  // an edited weight is not a number of the model's dtype
  std::vector<std::string> changed;  // tensors, by their names in the file
};

// Writes model.safetensors, config.json, and the tokenizer and licence files
// there are into `folder`. dtype: of all weights; by default that of the model
// where it holds the edited weights exactly, else F32. Tensors are written one
// after the other: needs memory for the largest one that is edited, in double.
// Errors: those of plan_weight_edits, io, bad_file, interrupted.
Result<ExportedWeights> write_edited_model(const Model& model,
                                           std::span<const Edit> edits,
                                           std::optional<DType> dtype,
                                           const OutputFolder& folder,
                                           const Progress& progress);

// Runs ids through the model with the edits as hooks, and through the exported
// one. Errors: those of run_forward and Model::open.
Result<ExportCheck> check_export(const Model& model,
                                 std::span<const Edit> edits,
                                 const std::filesystem::path& exported,
                                 std::span<const int> ids,
                                 const Progress& progress);

// README.md: that of the model, and a section that states the edits, the
// changed tensors and the check (where there was one). Errors: io.
Status write_export_readme(const Model& model, std::span<const Edit> edits,
                           const ExportedWeights& weights,
                           const std::optional<ExportCheck>& check,
                           const std::string& program_version,
                           const OutputFolder& folder);

}  // namespace excise

#endif  // EXCISE_EDIT_EXPORT_MODEL_H_
