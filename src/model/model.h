// A model on disk, opened: where it lies, its config, weights and tokenizer.
#ifndef EXCISE_MODEL_MODEL_H_
#define EXCISE_MODEL_MODEL_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "model/architecture/config.h"
#include "model/families/families.h"
#include "model/tokenizer/tokenizer.h"
#include "model/weights.h"

namespace excise {

// The folder that MODEL names: a folder, a safetensors file (its folder),
// "baker-7m" (bundled) or "smollm2-135m" (once `make real-model` fetched it),
// or a hub id ("gpt2", "openai-community/gpt2-xl") found in the local Hugging
// Face cache. Or a GGUF file: itself, or the only one of a folder that holds no
// other weights. Never downloads: the error (bad_input) prints the command that
// would.
Result<std::filesystem::path> locate_model(std::string_view model);

// A folder that comes with excise, e.g. "baker-7m" or "gpt2-tokenizer": looked
// for in $EXCISE_MODELS, beside an installed program or Python package, and in
// the source tree.
std::optional<std::filesystem::path> bundled_folder(std::string_view name);

// The tokenizer of a model folder or GGUF file alone. Errors: those of
// Model::open about it; bad_input where there is none.
Result<Tokenizer> open_tokenizer(const std::filesystem::path& path);

struct Model {
  std::filesystem::path path;  // its folder, or the GGUF file
  ModelConfig config;
  Weights weights;
  std::optional<Tokenizer>
      tokenizer;  // absent where there is none: then only --ids works
  std::optional<bool> chat_template = {};  // whether a GGUF file has one

  // Errors: those of parse_config, TensorFile::open, Weights::open,
  // Tokenizer::open; unsupported with the command that converts when only
  // pytorch_model.bin is there.
  static Result<Model> open(const std::filesystem::path& path,
                            Families families = all_families());

  // How texts are read. Errors: those of Tokenizer::use(); bad_input for other
  // than the tokenizer's own way where there is none.
  Status use(const TextReading& reading);

  // 32 hex digits that name what gives its numbers, in results, experiment and
  // basis files: all bytes of the weights, and of the config what a forward
  // pass uses. See TensorFile::fingerprint() for what it costs.
  std::string fingerprint() const;
  // In the form of `known`, to compare with it: versions up to 0.1 wrote
  // TensorFile::sampled_fingerprint(), of 16 digits. Of nothing, nothing.
  std::string fingerprint_like(std::string_view known) const;
  // 32 hex digits that name what makes ids of texts; ends: and which ids end a
  // text. Empty where there is no tokenizer.
  std::string tokenizer_fingerprint(bool ends = false) const;
  // Refuses to run the experiment of another model or tokenizer; fingerprints:
  // what the experiment file states, or nothing. name: of this model, for the
  // message. ends: as above. Error: bad_input.
  Status check_experiment(std::string_view fingerprint,
                          std::string_view tokenizer_fingerprint,
                          std::string_view name, bool ends = false) const;
};

}  // namespace excise

#endif  // EXCISE_MODEL_MODEL_H_
