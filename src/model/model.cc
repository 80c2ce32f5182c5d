#include "model/model.h"

#include <string>
#include <utility>

#include "io/text_file.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The file or the index that holds the weights.
Result<fs::path> weights_path(const fs::path& folder) {
  for (const char* name :
       {"model.safetensors", "model.safetensors.index.json"}) {
    if (is_there(folder / name)) return folder / name;
  }
  if (is_there(folder / "pytorch_model.bin") ||
      is_there(folder / "pytorch_model.bin.index.json")) {
    return fail(
        ErrorCode::kUnsupported,
        {.where = "model",
         .subject = folder.string(),
         .expected = "model.safetensors",
         .found = "pytorch_model.bin, a pickle, which can run code when read",
         .hint = "convert it: python3 -c \"from transformers import "
                 "GPT2LMHeadModel as M; M.from_pretrained('" +
                 folder.string() + "').save_pretrained('" + folder.string() +
                 "', safe_serialization=True)\""});
  }
  return fail(ErrorCode::kBadInput,
              {.where = "model",
               .subject = folder.string(),
               .expected = "config.json and model.safetensors (or its index)",
               .found = "no weights",
               .hint = "give the folder that from_pretrained() takes"});
}

bool has_tokenizer(const fs::path& folder) {
  return is_there(folder / "vocab.json") || is_there(folder / "tokenizer.json");
}

}  // namespace

Result<Model> Model::open(const fs::path& folder) {
  const fs::path weights_file = EXCISE_TRY(weights_path(folder));
  const fs::path config_file = folder / "config.json";
  constexpr size_t kLongestConfig = size_t{1} << 20;
  const std::string text =
      EXCISE_TRY(read_text_file(config_file, kLongestConfig));
  const ModelConfig config = EXCISE_TRY(parse_config(text, config_file));
  TensorFile file = EXCISE_TRY(TensorFile::open(weights_file));
  Weights weights = EXCISE_TRY(Weights::open(std::move(file), config));
  std::optional<Tokenizer> tokenizer;
  if (has_tokenizer(folder)) tokenizer = EXCISE_TRY(Tokenizer::open(folder));
  return Model{folder, config, std::move(weights), std::move(tokenizer)};
}

}  // namespace excise
