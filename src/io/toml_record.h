// Flat TOML files whose keys are the fields of a struct: one list of keys reads
// and writes them.
#ifndef EXCISE_IO_TOML_RECORD_H_
#define EXCISE_IO_TOML_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"

namespace excise {

// Where a key's value stands; borrowed.
using TomlField = std::variant<std::string*, bool*, double*, uint64_t*, int*,
                               std::optional<uint64_t>*, std::vector<int>*,
                               std::vector<double>*, std::vector<uint64_t>*,
                               std::vector<std::string>*>;

struct TomlKey {
  std::string_view key;
  TomlField field;
};

// As it stands in a file, quoted. Bytes that are no UTF-8 are left in it, for
// check_toml_text().
std::string toml_string(std::string_view text);

// `schema = "..."`, then a line a key. Empty strings and lists, and what an
// optional does not have, are left out.
std::string write_toml(std::string_view schema, std::span<const TomlKey> keys);

// Error bad_input, naming the key, where a string in what write_toml() gave is
// no UTF-8, as names of files may be: no parser would read it again.
Status check_toml_text(std::string_view toml);

// Fields whose key is left out stay as they are. source names the file in
// messages. Errors, all bad_input: no TOML (with line and column), another
// schema, an unknown key (with near names), a value of another type.
Status read_toml(std::string_view toml, std::string_view source,
                 std::string_view schema, std::span<const TomlKey> keys);

// The value of the key "schema", or nothing where the file has none or is no
// TOML.
std::optional<std::string> toml_schema(std::string_view toml);

}  // namespace excise

#endif  // EXCISE_IO_TOML_RECORD_H_
