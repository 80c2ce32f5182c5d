// Flat TOML files whose keys are the fields of a struct: one list of keys reads
// and writes them.
#ifndef EXCISE_IO_TOML_RECORD_H_
#define EXCISE_IO_TOML_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"

namespace excise {

// A value that stands otherwise in the file than in the struct: a name, say, of
// an enumerator. read() gives what it should have been, "" where it fits.
template <typename T>
struct TomlValue {
  std::function<T()> write;
  std::function<std::string(const T&)> read;
};
using TomlText = TomlValue<std::string>;
using TomlFlag = TomlValue<bool>;
// One of them may stand alone, without a list.
using TomlTexts = TomlValue<std::vector<std::string>>;
using TomlNumberOrText = TomlValue<std::variant<uint64_t, std::string>>;
using TomlNumbersOrText =
    TomlValue<std::variant<std::vector<uint64_t>, std::string>>;
// A table such as {random-rank = 40}, in the order of the names when read.
using TomlCounts = TomlValue<std::vector<std::pair<std::string, uint64_t>>>;

// Where a key's value stands; borrowed.
using TomlField =
    std::variant<std::string*, bool*, double*, uint64_t*, int*,
                 std::optional<std::string>*, std::optional<uint64_t>*,
                 std::optional<double>*, std::vector<int>*,
                 std::vector<double>*, std::vector<uint64_t>*,
                 std::vector<std::string>*, TomlText, TomlFlag, TomlTexts,
                 TomlNumberOrText, TomlNumbersOrText, TomlCounts>;

struct TomlKey {
  std::string_view key;
  TomlField field;
};

// As it stands in a file, quoted. Bytes that are no UTF-8 are left in it, for
// check_toml_text().
std::string toml_string(std::string_view text);

// As it stands behind its key; "" where the key is left out: empty strings,
// lists and tables, and what an optional does not have.
std::string toml_value(const TomlField& field);

// `schema = "..."`, then a line a key.
std::string write_toml(std::string_view schema, std::span<const TomlKey> keys);

// Error bad_input, naming the key, where a string in what write_toml() gave is
// no UTF-8, as names of files may be: no parser would read it again.
Status check_toml_text(std::string_view toml);

// Fields whose key is left out stay as they are. source names the file in
// messages, where what reads it. Errors, all bad_input: no TOML (with line and
// column), another schema, an unknown key (with near names), a value of another
// type.
Status read_toml(std::string_view toml, std::string_view source,
                 std::string_view schema, std::span<const TomlKey> keys,
                 std::string_view where = "toml");

// The value of the key "schema", or nothing where the file has none or is no
// TOML.
std::optional<std::string> toml_schema(std::string_view toml);

}  // namespace excise

#endif  // EXCISE_IO_TOML_RECORD_H_
