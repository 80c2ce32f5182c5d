// The header of a GGUF file, checked in everything before any of it is used.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#ifndef EXCISE_IO_GGUF_HEADER_H_
#define EXCISE_IO_GGUF_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "io/safetensors_header.h"

namespace excise {

// Types of values, by their numbers in the file.
enum class GgufType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12
};

// Elements of one type where they lie in the mapped file.
struct GgufArray {
  GgufType type = GgufType::kU8;  // never kArray
  size_t count = 0;
  std::span<const std::byte> bytes = {};
};

// Integers as the 64 bits that hold them.
using GgufValue =
    std::variant<uint64_t, int64_t, double, bool, std::string_view, GgufArray>;

// The keys of a file and their values, of which strings and arrays are views of
// it. Errors of all: bad_file naming file and key, of a value of another kind
// or beyond what is asked for.
class GgufMetadata {
 public:
  explicit GgufMetadata(std::filesystem::path path = {})
      : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  // False where the key is there already.
  bool add(std::string key, GgufValue value);
  bool has(std::string_view key) const { return find(key) != nullptr; }

  // An error about this key, and what the file has there.
  tl::unexpected<Error> bad(ErrorCode code, std::string_view key,
                            std::string expected, std::string hint = {}) const;

  // Where the key is absent: none.
  Result<std::optional<uint64_t>> integer(std::string_view key,
                                          uint64_t largest) const;
  Result<std::optional<double>> number(std::string_view key) const;
  Result<std::optional<bool>> flag(std::string_view key) const;
  Result<std::optional<std::string>> text(std::string_view key) const;
  // UTF-8, each.
  Result<std::optional<std::vector<std::string_view>>> texts(
      std::string_view key) const;
  // Elements are integers, numbers or truths; each as a double.
  Result<std::optional<std::vector<double>>> numbers(
      std::string_view key) const;

 private:
  const GgufValue* find(std::string_view key) const;

  std::filesystem::path path_;
  std::map<std::string, GgufValue, std::less<>> values_;
};

struct GgufHeader {
  GgufMetadata metadata;
  // With shapes whose last extent is contiguous, as in safetensors: the file
  // has them the other way round. Ordered by name.
  std::vector<TensorEntry> tensors;
  size_t data_offset = 0;  // of the data section, in the file
};

// file: the whole of it; path only for messages. Errors: bad_file for a header
// that is cut off, counts or lengths beyond the file, names that are no UTF-8
// or there twice, an alignment that is no power of two, tensors that overlap or
// do not lie within the file; unsupported for other versions and byte orders,
// and types of tensors that are not read.
Result<GgufHeader> parse_gguf_header(std::span<const std::byte> file,
                                     const std::filesystem::path& path);

// Whether a file begins as GGUF files do.
bool begins_as_gguf(const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_IO_GGUF_HEADER_H_
