// The JSON header of a safetensors file, checked in everything before any of it
// is used.
#ifndef EXCISE_IO_SAFETENSORS_HEADER_H_
#define EXCISE_IO_SAFETENSORS_HEADER_H_

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "io/dtype.h"

namespace excise {

struct TensorEntry {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<size_t> shape;
  size_t begin = 0;  // in the data section
  size_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry>
      tensors;  // ordered by begin; they cover the data section exactly
  std::map<std::string, std::string> metadata;
  size_t data_offset = 0;  // of the data section in the file
};

// A header may be at most this long, as in the reference implementation.
constexpr size_t kLongestHeader = 100'000'000;

// file: the whole file; path only for messages. Errors: bad_file for a header
// that is too long, no JSON or no UTF-8, names a tensor twice, has an unknown
// dtype, a shape that overflows or does not fit its bytes, or offsets that are
// misordered, overlap, leave a gap or do not end where the file ends.
Result<SafetensorsHeader> parse_safetensors_header(
    std::span<const std::byte> file, const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_IO_SAFETENSORS_HEADER_H_
