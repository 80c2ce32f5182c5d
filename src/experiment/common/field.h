// The options of an experiment, each said once: what reads and writes
// experiment files, the spec in results, the command line, the tables of
// docs/formats.md and the check of Python's signatures all go by these lists.
#ifndef EXCISE_EXPERIMENT_COMMON_FIELD_H_
#define EXCISE_EXPERIMENT_COMMON_FIELD_H_

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/json_values.h"
#include "io/toml_record.h"
#include "run/run_options.h"

namespace excise {

// The option of the command line; a flag where the field is a bool.
struct FieldOption {
  std::string_view type = {};  // what stands for its value in --help
  std::string_view name = {};  // "--at"; empty: that of the key
  // Where a list of the file is typed as one text: how it is read, and the
  // default that --help shows.
  std::function<Status(std::string_view typed)> read = {};
  std::string shown = {};
};

// Whether the spec in results has it: where the file has it, or not so.
enum class InResults { kAsFile, kAlways, kNever };

// Bound to a spec, which outlives it.
struct Field {
  std::string_view key;  // of the file, of results, and of Python
  TomlField value;
  std::string help;                        // one sentence
  std::optional<FieldOption> option = {};  // nothing: there is none
  bool in_file = true;                     // false: this spec leaves it out
  InResults in_results = InResults::kAsFile;
};
using Fields = std::vector<Field>;

// "--memory-limit"
std::string option_name(const Field& field);

// The experiment file. Errors: those of read_toml().
std::string write_fields(std::string_view schema, const Fields& fields);
Status read_fields(std::string_view toml, std::string_view source,
                   std::string_view schema, const Fields& fields,
                   std::string_view where = "toml");
// Behind what `spec` has.
void add_fields(Json& spec, const Fields& fields);

// The first three of every experiment: `model`, and what states it by content.
Fields model_fields(std::string& model, std::string& model_fingerprint,
                    std::string& tokenizer_fingerprint);
// The last ones: bos, special_tokens, seed, executor, compute, memory_limit,
// threads.
Fields run_fields(RunOptions& options);

// Those of a sweep that reads something else than a text: without these keys,
// and with `reading` behind model_fields().
Fields reading_instead(Fields sweep, std::span<const std::string_view> without,
                       Fields reading);

// A field that is an enumerator, with names of it. expected: all of them.
template <typename Value>
TomlText by_name(Value& value, std::string_view (*name)(Value),
                 Result<Value> (*parse)(std::string_view),
                 std::string expected) {
  return {[&value, name] { return std::string(name(value)); },
          [&value, parse, expected](const std::string& text) {
            const auto parsed = parse(text);
            if (!parsed) return expected;
            value = *parsed;
            return std::string();
          }};
}

// FieldOption::read for what `parse` makes of the text.
template <typename Parsed, typename Value>
std::function<Status(std::string_view)> typed_as(
    Result<Parsed> (*parse)(std::string_view), Value& value) {
  return [&value, parse](std::string_view text) -> Status {
    value = EXCISE_TRY(parse(text));
    return {};
  };
}

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_FIELD_H_
