#include "experiment/concept/concept_samples.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "edit/generation_json.h"

namespace excise {

Result<std::vector<ConceptSample>> continue_prompts(
    const Model& model, const std::vector<std::vector<int>>& prompts,
    std::span<const Edit> edits, const GenerationOptions& options,
    const Progress& progress) {
  std::vector<ConceptSample> samples;
  if (options.max_tokens == 0) return samples;
  IncrementalForward forward =
      EXCISE_TRY(IncrementalForward::create(model.config, model.weights));
  for (size_t p = 0; p < prompts.size(); ++p) {
    std::vector<ContinuationRequest> requests = {{{}, p}};
    for (const Edit& edit : edits) {
      requests.push_back({sequence_hooks({&edit, 1}), p});
    }
    Generation generation =
        EXCISE_TRY(generate(model.config, forward, prompts[p], requests,
                            options, nullptr, progress));
    ConceptSample& sample = samples.emplace_back();
    sample.prompt = prompts[p];
    sample.clean = std::move(generation.continuations.front());
    for (size_t e = 0; e < edits.size(); ++e) {
      sample.edited.push_back(std::move(generation.continuations[e + 1]));
    }
    progress.advance("samples", p + 1, prompts.size());
  }
  return samples;
}

Json samples_json(const Model& model, std::span<const ConceptSample> samples,
                  std::span<const std::string_view> branches) {
  Json json = Json::array();
  for (const ConceptSample& sample : samples) {
    Json continuations = Json::array();
    continuations.push_back(
        continuation_json(model, {"clean", 0}, sample.clean));
    for (size_t e = 0; e < branches.size(); ++e) {
      continuations.push_back(continuation_json(
          model, {std::string(branches[e]), 0}, sample.edited[e]));
    }
    json.push_back({{"prompt", text_of(model, sample.prompt).value_or("")},
                    {"prompt_ids", sample.prompt},
                    {"continuations", std::move(continuations)}});
  }
  return json;
}

}  // namespace excise
