#include "edit/export_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "edit/generation_json.h"
#include "experiment/common/json_values.h"

namespace excise {
namespace {

constexpr double kImpossible = 1e-3;  // in F32: a bug, not rounding

Status judge(const ExportCheck& check, const ExportedWeights& weights) {
  const bool rounds = weights.dtype != DType::kF32 && weights.rounds;
  const bool finite = std::isfinite(check.worst_next);
  if (finite && (rounds || check.worst_next <= kImpossible)) return {};
  return fail(ErrorCode::kInternal,
              {.where = "export",
               .subject = "log p of the exported model",
               .expected = "that of the model with the edit as a hook",
               .found = fmt::format("a difference of {:.1e}", check.worst_next),
               .hint = "no folder was written; please report this"});
}

}  // namespace

Result<std::optional<DType>> parse_export_dtype(const std::string& name,
                                                const Model& model) {
  if (name == "auto") return std::nullopt;
  if (name == "same") return model.weights.dtype();
  if (name == "f32") return DType::kF32;
  if (name == "f16") return DType::kF16;
  if (name == "bf16") return DType::kBF16;
  return fail(ErrorCode::kBadInput, {.where = "export",
                                     .subject = "dtype",
                                     .expected = "auto, same, f32, f16 or bf16",
                                     .found = name});
}

Result<std::vector<int>> export_check_ids(const Model& model,
                                          const std::string& text) {
  constexpr size_t kMostTokens = 128;
  std::vector<int> ids;
  if (model.tokenizer) {
    ids = EXCISE_TRY(model.tokenizer->encode(text));
  } else {
    Random random(0);
    for (size_t i = 0; i < kMostTokens; ++i) {
      ids.push_back(static_cast<int>(random.below(model.config.d_vocab)));
    }
  }
  ids.resize(std::min({ids.size(), kMostTokens, model.config.n_ctx}));
  return ids;
}

Result<ExportOutcome> export_edited(
    const Model& model, std::span<const Edit> edits, std::optional<DType> dtype,
    const std::optional<std::vector<int>>& check_ids,
    const std::string& program_version, const OutputFolder& folder,
    const Progress& progress) {
  ExportOutcome outcome;
  outcome.weights =
      EXCISE_TRY(write_edited_model(model, edits, dtype, folder, progress));
  if (check_ids) {
    progress.advance("check", 0, 1);
    outcome.check = EXCISE_TRY(
        check_export(model, edits, folder.path(""), *check_ids, progress));
    EXCISE_CHECK(judge(*outcome.check, outcome.weights));
  }
  EXCISE_CHECK(write_export_readme(model, edits, outcome.weights, outcome.check,
                                   program_version, folder));
  return outcome;
}

std::string export_json(const Model& model, const std::string& model_name,
                        std::span<const Edit> edits,
                        const ExportOutcome& outcome, const std::string& out) {
  const ExportedWeights& weights = outcome.weights;
  Json json = {{"schema", "excise.export/1"},
               {"folder", out},
               {"model", model_json(model, model_name)},
               {"dtype", dtype_name(weights.dtype)},
               {"changed", weights.changed}};
  json["edits"] = Json::array();
  for (const Edit& edit : edits) json["edits"].push_back(edit_json(edit));
  json["check"] = nullptr;
  if (outcome.check) {
    const ExportCheck& check = *outcome.check;
    json["check"] = {{"tokens", check.tokens},
                     {"max_abs_delta_logprob", check.worst_next},
                     {"max_abs_delta_logprob_vocabulary", check.worst_any},
                     {"edit_max_abs_delta_logprob", check.edit_effect}};
  }
  return file_text(json);
}

}  // namespace excise
