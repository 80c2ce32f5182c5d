#include "edit/generation_json.h"

#include <nlohmann/json.hpp>

#include "io/utf8.h"

namespace excise {
namespace {

Json options_json(const GenerationOptions& options) {
  return {{"max_tokens", options.max_tokens},
          {"temperature", options.sampling.temperature},
          {"top_k", options.sampling.top_k},
          {"top_p", options.sampling.top_p},
          {"seed", options.seed},
          {"stop_at_end", options.stop_at_end},
          {"past_context", past_context_name(options.past_context)}};
}

}  // namespace

Json continuation_json(const Model& model, const ContinuationLabel& label,
                       const Continuation& continuation) {
  size_t fired = 0;
  for (const size_t count : continuation.hooks_fired) fired += count;
  return {{"branch", label.branch},
          {"sample", label.sample},
          {"text", text_of(model, continuation.ids).value_or("")},
          {"ids", continuation.ids},
          {"logprobs", continuation.logprobs},
          {"stop", stop_reason_name(continuation.stop)},
          {"windows", continuation.windows},
          {"edits_fired", fired}};
}

Json edit_json(const Edit& edit) {
  const EditSpec& spec = edit.spec();
  Json json = {{"hook", spec.hook},
               {"basis", spec.basis.filename().string()},
               {"basis_fingerprint", edit.basis_fingerprint()},
               {"kind", edit.places().front().basis},
               {"components", edit.places().front().components},
               {"action", edit_action_name(spec.action)},
               {"strength", spec.strength},
               {"positions", spec.positions.text()}};
  if (spec.action == EditAction::kAdd) json["class"] = spec.from_class;
  for (const EditPlace& place : edit.places()) {
    json["hooks"].push_back(hook_name(place.site));
  }
  return json;
}

std::string generation_json(const Model& model, std::span<const int> prompt,
                            std::span<const Edit> edits,
                            const GenerationOptions& options,
                            std::span<const ContinuationLabel> labels,
                            const Generation& generation,
                            const Provenance& provenance) {
  Json json = {
      {"schema", "excise.generation/1"},
      {"program", program_json(provenance)},
      {"model", model_json(model, provenance.model_name)},
      {"bos", model.tokenizer ? Json(bos_name(model.tokenizer->reading().bos))
                              : Json(nullptr)},
      {"special_tokens",
       model.tokenizer
           ? Json(special_tokens_name(model.tokenizer->reading().special))
           : Json(nullptr)},
      {"prompt", text_of(model, prompt).value_or("")},
      {"prompt_ids", prompt},
      {"options", options_json(options)}};
  json["edits"] = Json::array();
  for (const Edit& edit : edits) json["edits"].push_back(edit_json(edit));
  json["continuations"] = Json::array();
  for (size_t c = 0; c < labels.size(); ++c) {
    json["continuations"].push_back(
        continuation_json(model, labels[c], generation.continuations[c]));
  }
  json["timings"] = {
      {"load_seconds", provenance.load_seconds},
      {"prompt_seconds", generation.prompt_seconds},
      {"token_seconds", generation.token_seconds},
      {"tokens_per_second", number(tokens_per_second(generation))}};
  return file_text(json);
}

Result<std::string> text_of(const Model& model, std::span<const int> ids) {
  if (!model.tokenizer) return std::string();
  Utf8Stream stream;
  std::string text = stream.push(EXCISE_TRY(model.tokenizer->decode(ids)));
  return text + stream.finish();
}

}  // namespace excise
