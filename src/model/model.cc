#include "model/model.h"

#include <string>
#include <utility>

#include "io/gguf.h"
#include "io/text_file.h"
#include "model/architecture/generation_config.h"
#include "model/gguf/gguf_config.h"
#include "model/gguf/gguf_tokenizer.h"
#include "model/gguf_place.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The file or the index that holds the weights.
Result<fs::path> weights_path(const fs::path& folder) {
  // Transformers applies it to the model that it names, whatever weights lie
  // beside it.
  if (is_there(folder / "adapter_config.json")) {
    return fail(ErrorCode::kUnsupported,
                {.where = "model",
                 .subject = folder.string(),
                 .expected = "a whole model",
                 .found = "adapter_config.json, an adapter of PEFT",
                 .hint = "merge it: merge_and_unload(), then save_pretrained() "
                         "into a folder of its own"});
  }
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
  if (const auto files = gguf_files_in(folder); files.size() > 1) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "model",
         .subject = folder.string(),
         .expected = "one model",
         .found = std::to_string(files.size()) + " GGUF files",
         .hint = "name one of them, such as " + files.front().string()});
  }
  return fail(ErrorCode::kBadInput,
              {.where = "model",
               .subject = folder.string(),
               .expected = "config.json and model.safetensors (or its index), "
                           "or a GGUF file",
               .found = "no weights",
               .hint = "give the folder that from_pretrained() takes"});
}

bool has_tokenizer(const fs::path& folder) {
  return is_there(folder / "vocab.json") || is_there(folder / "tokenizer.json");
}

Result<std::optional<Tokenizer>> gguf_tokenizer(const GgufFile& file) {
  auto definition =
      EXCISE_TRY(file.tensors.confirmed(read_gguf_tokenizer(file.metadata)));
  if (!definition) return std::nullopt;
  return std::optional(EXCISE_TRY(Tokenizer::of(*std::move(definition))));
}

// Notes of the parts as those of the config.
void gather_notes(const Weights& weights,
                  const std::optional<Tokenizer>& tokenizer,
                  ModelConfig& config) {
  for (const auto* notes :
       {&std::as_const(config).generation_notes, &weights.notes(),
        tokenizer ? &tokenizer->notes() : nullptr}) {
    if (notes != nullptr)
      config.notes.insert(config.notes.end(), notes->begin(), notes->end());
  }
}

Result<Model> open_gguf_model(const fs::path& path, Families families) {
  GgufFile file = EXCISE_TRY(open_gguf(path));
  const GgufMetadata& metadata = file.metadata;
  // Neither numbers nor errors of a file that changed count.
  const auto confirm = [&](auto given) {
    return file.tensors.confirmed(std::move(given));
  };
  ModelConfig config = EXCISE_TRY(confirm(read_gguf_config(file, families)));
  config.end_of_text = EXCISE_TRY(confirm(gguf_ends_of_text(metadata)));
  auto tokenizer = EXCISE_TRY(gguf_tokenizer(file));
  const bool chat_template = metadata.has("tokenizer.chat_template");
  Weights weights = EXCISE_TRY(Weights::open(std::move(file.tensors), config));
  gather_notes(weights, tokenizer, config);
  return Model{path, config, std::move(weights), std::move(tokenizer),
               chat_template};
}

}  // namespace

Result<Model> Model::open(const fs::path& folder, Families families) {
  if (const auto gguf = gguf_file_of(folder))
    return open_gguf_model(*gguf, families);
  const fs::path weights_file = EXCISE_TRY(weights_path(folder));
  const fs::path config_file = folder / "config.json";
  constexpr size_t kLongestConfig = size_t{1} << 20;
  const std::string text =
      EXCISE_TRY(read_text_file(config_file, kLongestConfig));
  ModelConfig config = EXCISE_TRY(parse_config(text, config_file, families));
  const fs::path generation = folder / "generation_config.json";
  if (is_there(generation)) {
    take_generation_config(
        EXCISE_TRY(read_text_file(generation, kLongestConfig)), config);
  }
  TensorFile file = EXCISE_TRY(TensorFile::open(weights_file));
  Weights weights = EXCISE_TRY(Weights::open(std::move(file), config));
  std::optional<Tokenizer> tokenizer;
  if (has_tokenizer(folder)) tokenizer = EXCISE_TRY(Tokenizer::open(folder));
  gather_notes(weights, tokenizer, config);
  return Model{folder, config, std::move(weights), std::move(tokenizer)};
}

Result<Tokenizer> open_tokenizer(const fs::path& path) {
  const auto gguf = gguf_file_of(path);
  if (!gguf) return Tokenizer::open(path);
  auto tokenizer = EXCISE_TRY(gguf_tokenizer(EXCISE_TRY(open_gguf(*gguf))));
  if (tokenizer) return *std::move(tokenizer);
  return fail(ErrorCode::kBadInput, {.where = "model",
                                     .subject = gguf->string(),
                                     .expected = "a tokenizer",
                                     .found = "none in the file"});
}

Status Model::use(const TextReading& reading) {
  if (tokenizer) return tokenizer->use(reading);
  const bool own_bos = reading.bos == Bos::kAuto;
  if (own_bos && reading.special == SpecialTokens::kRead) return {};
  const std::string option =
      own_bos ? "--special-tokens " +
                    std::string(special_tokens_name(reading.special))
              : "--bos " + std::string(bos_name(reading.bos));
  return fail(ErrorCode::kBadInput,
              {.where = "model",
               .subject = path.string(),
               .expected = "a tokenizer, for " + option,
               .found = "none",
               .hint = "give the tokens themselves, with --ids"});
}

}  // namespace excise
