// What the model writes with a concept as it is, switched off and switched on.
#ifndef EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SAMPLES_H_
#define EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SAMPLES_H_

#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "edit/edit.h"
#include "edit/generation.h"
#include "experiment/common/json_values.h"
#include "model/model.h"

namespace excise {

// One prompt continued with no edit, and with each of some edits.
struct ConceptSample {
  std::vector<int> prompt;
  Continuation clean;
  std::vector<Continuation> edited;  // [edits]
};

// Prompts that are within the context. All continuations of a prompt draw with
// the same random numbers. Errors: those of generate().
Result<std::vector<ConceptSample>> continue_prompts(
    const Model& model, const std::vector<std::vector<int>>& prompts,
    std::span<const Edit> edits, const GenerationOptions& options,
    const Progress& progress);

// As results state them. branches: what each edit is called, [edits].
Json samples_json(const Model& model, std::span<const ConceptSample> samples,
                  std::span<const std::string_view> branches);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CONCEPT_CONCEPT_SAMPLES_H_
