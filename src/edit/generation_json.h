// Continuations as JSON (docs/formats.md), schema "excise.generation/1".
#ifndef EXCISE_EDIT_GENERATION_JSON_H_
#define EXCISE_EDIT_GENERATION_JSON_H_

#include <span>
#include <string>
#include <vector>

#include "edit/edit.h"
#include "edit/generation.h"
#include "experiment/common/json_values.h"
#include "experiment/common/provenance.h"
#include "model/model.h"

namespace excise {

// What each continuation was, beside its number.
struct ContinuationLabel {
  std::string branch;  // "clean" or "edited"; of concepts "off" and "on"
  size_t sample = 0;
};

// One edit as results state it: the keys of the edit file, the basis file's
// fingerprint, and the hooks.
Json edit_json(const Edit& edit);

Json continuation_json(const Model& model, const ContinuationLabel& label,
                       const Continuation& continuation);

// labels: one for each continuation. Valid JSON whatever the tokens: bytes that
// are no UTF-8 become U+FFFD. Two runs differ only in `timings`.
std::string generation_json(const Model& model, std::span<const int> prompt,
                            std::span<const Edit> edits,
                            const GenerationOptions& options,
                            std::span<const ContinuationLabel> labels,
                            const Generation& generation,
                            const Provenance& provenance);

// The text of tokens, valid UTF-8; empty where the model has no tokenizer.
// Error: those of Tokenizer::decode().
Result<std::string> text_of(const Model& model, std::span<const int> ids);

}  // namespace excise

#endif  // EXCISE_EDIT_GENERATION_JSON_H_
