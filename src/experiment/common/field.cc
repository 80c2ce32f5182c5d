#include "experiment/common/field.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace excise {
namespace {

template <typename T>
Json json_of(const T* value) {
  return *value;
}
template <typename T>
Json json_of(const std::optional<T>* value) {
  return *value ? Json(**value) : Json(nullptr);
}
template <typename T>
Json json_of(const TomlValue<T>& value) {
  return value.write();
}
Json json_of(const TomlTexts& value) {
  const std::vector<std::string> texts = value.write();
  return texts.size() == 1 ? Json(texts.front()) : Json(texts);
}
template <typename A, typename B>
Json json_of(const TomlValue<std::variant<A, B>>& value) {
  return std::visit([](const auto& one) { return Json(one); }, value.write());
}
Json json_of(const TomlCounts& value) {
  Json json = Json::object();
  for (const auto& [name, count] : value.write()) json[name] = count;
  return json;
}

bool is_in_results(const Field& field) {
  if (field.in_results != InResults::kAsFile)
    return field.in_results == InResults::kAlways;
  return field.in_file && !toml_value(field.value).empty();
}

}  // namespace

std::string option_name(const Field& field) {
  if (!field.option->name.empty()) return std::string(field.option->name);
  std::string name = "--" + std::string(field.key);
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string write_fields(std::string_view schema, const Fields& fields) {
  std::vector<TomlKey> keys;
  for (const Field& field : fields) {
    if (field.in_file) keys.push_back({field.key, field.value});
  }
  return write_toml(schema, keys);
}

Status read_fields(std::string_view toml, std::string_view source,
                   std::string_view schema, const Fields& fields,
                   std::string_view where) {
  std::vector<TomlKey> keys;
  for (const Field& field : fields) keys.push_back({field.key, field.value});
  return read_toml(toml, source, schema, keys, where);
}

void add_fields(Json& spec, const Fields& fields) {
  for (const Field& field : fields) {
    if (!is_in_results(field)) continue;
    spec[std::string(field.key)] = std::visit(
        [](const auto& value) { return json_of(value); }, field.value);
  }
}

Fields model_fields(std::string& model, std::string& model_fingerprint,
                    std::string& tokenizer_fingerprint) {
  return {
      {.key = "model",
       .value = &model,
       .help = "a model folder, a hub id in the local cache, or baker-7m "
               "(bundled)",
       .in_results = InResults::kNever},
      {.key = "model_fingerprint",
       .value = &model_fingerprint,
       .help = "of that model, written by every run: `run` refuses another "
               "model under the same name or path unless it is named "
               "(`--model`, in Python `model=`); without the key any will do"},
      {.key = "tokenizer_fingerprint",
       .value = &tokenizer_fingerprint,
       .help = "of its tokenizer, written by every run that takes one (not one "
               "of ids); the same rule"}};
}

Fields run_fields(RunOptions& options) {
  const TomlNumberOrText memory = {
      [&options] { return options.memory_limit; },
      [&options](const std::variant<uint64_t, std::string>& limit) {
        const auto bytes = std::holds_alternative<uint64_t>(limit)
                               ? Result<uint64_t>(std::get<uint64_t>(limit))
                               : parse_bytes(std::get<std::string>(limit));
        if (!bytes) return "bytes such as 1500000000 or \"1.5G\"";
        options.memory_limit = *bytes;
        return "";
      }};
  return {
      {.key = "bos",
       .value = by_name(options.reading.bos, bos_name, parse_bos,
                        "auto, always or never"),
       .help = "what begins a text: auto (the tokenizer's own rule), always "
               "(its BOS token) or never",
       .option = FieldOption{"WHEN"}},
      {.key = "special_tokens",
       .value = by_name(options.reading.special, special_tokens_name,
                        parse_special_tokens, "read or text"),
       .help = "what <|im_end|> and the like are in a text: read (those "
               "tokens) or text",
       .option = FieldOption{"NAME"}},
      {.key = "seed",
       .value = &options.seed,
       .help = "of everything random",
       .option = FieldOption{"N"}},
      {.key = "executor",
       .value = by_name(options.executor, executor_name, parse_executor,
                        "wavefront or naive"),
       .help = "wavefront (one pass for all) or naive (one pass each)",
       .option = FieldOption{"NAME"}},
      {.key = "compute",
       .value = by_name(options.compute, compute_name, parse_compute,
                        "f32, bf16 or bf16-emulated"),
       .help = "products of differences: f32, bf16 or bf16-emulated",
       .option = FieldOption{"TYPE"}},
      {.key = "memory_limit",
       .value = memory,
       .help = "e.g. 500M or 1.5G; work is split to fit (0: no limit)",
       .option =
           FieldOption{.type = "BYTES",
                       .read = typed_as(parse_bytes, options.memory_limit),
                       .shown = "0"}},
      {.key = "threads",
       .value = &options.threads,
       .help = "0: one a core",
       .option = FieldOption{"N"}}};
}

Fields reading_instead(Fields sweep, std::span<const std::string_view> without,
                       Fields reading) {
  std::erase_if(sweep, [&](const Field& field) {
    return std::ranges::find(without, field.key) != without.end();
  });
  constexpr size_t kOfModel = 3;  // model_fields()
  sweep.insert(sweep.begin() + kOfModel,
               std::make_move_iterator(reading.begin()),
               std::make_move_iterator(reading.end()));
  return sweep;
}

}  // namespace excise
