#include "io/gguf_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "core/matrix.h"
#include "io/dtype.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr size_t kDefaultAlignment = 32;
constexpr size_t kLongestName = 64;    // of a tensor
constexpr size_t kLongestKey = 65535;  // both by the specification
constexpr size_t kMostExtents = 4;     // GGML_MAX_DIMS

size_t size_of(GgufType type) {
  constexpr std::array<size_t, 13> kSizes = {1, 1, 2, 2, 4, 4, 4,
                                             1, 0, 0, 8, 8, 8};
  return kSizes[static_cast<size_t>(type)];
}

// Reads the header from its beginning to its end, never behind the end of the
// file. Nothing is allocated by a count that the file states.
class HeaderReader {
 public:
  HeaderReader(std::span<const std::byte> file,
               const std::filesystem::path& path)
      : file_(file), path_(path), header_{GgufMetadata(path), {}, 0} {}

  Result<GgufHeader> read() {
    EXCISE_CHECK(read_version());
    const auto n_tensors = EXCISE_TRY(number<uint64_t>("number of tensors"));
    const auto n_keys = EXCISE_TRY(number<uint64_t>("number of keys"));
    for (uint64_t i = 0; i < n_keys; ++i) EXCISE_CHECK(read_key());
    const size_t alignment = EXCISE_TRY(read_alignment());
    for (uint64_t i = 0; i < n_tensors; ++i)
      EXCISE_CHECK(read_tensor(alignment));
    const size_t padding = (alignment - at_ % alignment) % alignment;
    header_.data_offset = std::min(at_ + padding, file_.size());
    EXCISE_CHECK(check_tensors());
    return std::move(header_);
  }

 private:
  tl::unexpected<Error> bad(std::string subject, std::string expected,
                            std::string found, std::string hint = {},
                            ErrorCode code = ErrorCode::kBadFile) const {
    if (!subject.empty()) subject = ": " + subject;
    return fail(code, {.where = "gguf",
                       .subject = path_.string() + subject,
                       .expected = std::move(expected),
                       .found = std::move(found),
                       .hint = std::move(hint)});
  }

  Result<std::span<const std::byte>> take(uint64_t bytes,
                                          const std::string& what) {
    if (bytes > file_.size() - at_) {
      return bad(what, std::to_string(bytes) + " bytes of it",
                 std::to_string(file_.size() - at_) + " to the end of the file",
                 "the file is cut off or damaged: fetch it again");
    }
    const auto taken = file_.subspan(at_, bytes);
    at_ += bytes;
    return taken;
  }

  template <typename T>
  Result<T> number(const std::string& what) {
    T value;
    const auto bytes = EXCISE_TRY(take(sizeof(T), what));
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  Result<std::string_view> string(const std::string& what) {
    const auto length = EXCISE_TRY(number<uint64_t>(what));
    const auto bytes = EXCISE_TRY(take(length, what));
    return std::string_view(reinterpret_cast<const char*>(bytes.data()),
                            bytes.size());
  }

  Result<std::string> name(const std::string& what, size_t longest) {
    const auto text = EXCISE_TRY(string(what));
    if (text.empty() || text.size() > longest) {
      return bad(what, "1 to " + std::to_string(longest) + " bytes",
                 std::to_string(text.size()));
    }
    if (first_invalid_utf8(text) || text.find('\0') != std::string_view::npos) {
      return bad(what, "UTF-8", "other bytes");
    }
    return std::string(text);
  }

  Status read_version() {
    const auto magic = EXCISE_TRY(take(kMagic.size(), "its first bytes"));
    if (!std::equal(magic.begin(), magic.end(),
                    std::as_bytes(std::span(kMagic)).begin())) {
      return bad("", "GGUF in its first bytes", "others");
    }
    const auto version = EXCISE_TRY(number<uint32_t>("version"));
    if (version == 2 || version == 3) return {};
    const bool swapped = version != 0 && (version & 0xFFFFU) == 0;
    return bad("version", "2 or 3, little endian",
               swapped ? "big endian" : std::to_string(version),
               swapped ? "convert it: gguf_convert_endian.py of llama.cpp"
                       : "make the file anew with llama.cpp's converter",
               ErrorCode::kUnsupported);
  }

  Result<GgufType> type(const std::string& what) {
    const auto type = EXCISE_TRY(number<uint32_t>(what));
    constexpr auto kLast = static_cast<uint32_t>(GgufType::kF64);
    if (type > kLast) {
      return bad(what, "a type from 0 to " + std::to_string(kLast),
                 std::to_string(type));
    }
    return static_cast<GgufType>(type);
  }

  Status read_key() {
    auto key = EXCISE_TRY(name("a key", kLongestKey));
    const GgufType kind = EXCISE_TRY(type(key));
    const GgufValue value = kind == GgufType::kArray
                                ? GgufValue(EXCISE_TRY(array(key)))
                                : EXCISE_TRY(scalar(kind, key));
    if (!header_.metadata.add(key, value))
      return bad(key, "each key once", "two of it");
    return {};
  }

  template <typename T, typename As>
  Result<GgufValue> value_of(const std::string& key) {
    return GgufValue(static_cast<As>(EXCISE_TRY(number<T>(key))));
  }

  Result<GgufValue> scalar(GgufType kind, const std::string& key) {
    switch (kind) {
      case GgufType::kU8:
        return value_of<uint8_t, uint64_t>(key);
      case GgufType::kI8:
        return value_of<int8_t, int64_t>(key);
      case GgufType::kU16:
        return value_of<uint16_t, uint64_t>(key);
      case GgufType::kI16:
        return value_of<int16_t, int64_t>(key);
      case GgufType::kU32:
        return value_of<uint32_t, uint64_t>(key);
      case GgufType::kI32:
        return value_of<int32_t, int64_t>(key);
      case GgufType::kF32:
        return value_of<float, double>(key);
      case GgufType::kU64:
        return value_of<uint64_t, uint64_t>(key);
      case GgufType::kI64:
        return value_of<int64_t, int64_t>(key);
      case GgufType::kF64:
        return value_of<double, double>(key);
      case GgufType::kBool:
        return GgufValue(EXCISE_TRY(number<uint8_t>(key)) != 0);
      default:
        return GgufValue(EXCISE_TRY(string(key)));
    }
  }

  Result<GgufArray> array(const std::string& key) {
    const GgufType kind = EXCISE_TRY(type(key));
    if (kind == GgufType::kArray)
      return bad(key, "an array of simple values", "one of arrays");
    const auto count = EXCISE_TRY(number<uint64_t>(key));
    const size_t first = at_;
    if (kind == GgufType::kString) {
      for (uint64_t i = 0; i < count; ++i) EXCISE_TRY(string(key));
    } else if (count > (file_.size() - at_) / size_of(kind)) {
      return bad(key, std::to_string(count) + " elements",
                 "the end of the file before them",
                 "the file is cut off or damaged: fetch it again");
    } else {
      EXCISE_TRY(take(count * size_of(kind), key));
    }
    return GgufArray{kind, count, file_.subspan(first, at_ - first)};
  }

  Result<size_t> read_alignment() {
    constexpr const char* kKey = "general.alignment";
    const auto stated =
        EXCISE_TRY(header_.metadata.integer(kKey, uint64_t{1} << 32));
    const auto alignment = stated.value_or(kDefaultAlignment);
    if (std::has_single_bit(alignment)) return alignment;
    return header_.metadata.bad(ErrorCode::kBadFile, kKey, "a power of two");
  }

  Status read_tensor(size_t alignment) {
    TensorEntry entry;
    entry.name = EXCISE_TRY(name("the name of a tensor", kLongestName));
    const std::string what = "tensor " + entry.name;
    const auto extents = EXCISE_TRY(number<uint32_t>(what));
    if (extents == 0 || extents > kMostExtents)
      return bad(what, "1 to 4 extents", std::to_string(extents));
    for (uint32_t i = 0; i < extents; ++i)
      entry.shape.push_back(EXCISE_TRY(number<uint64_t>(what)));
    const auto type = EXCISE_TRY(number<uint32_t>(what));
    const auto dtype = ggml_dtype(type);
    if (!dtype) {
      return bad(what, "a type of ggml that excise reads",
                 "type " + std::to_string(type),
                 "quantise the model to another type with llama-quantize",
                 ErrorCode::kUnsupported);
    }
    entry.dtype = *dtype;
    std::ranges::reverse(entry.shape);
    const size_t bytes = EXCISE_TRY(bytes_of(entry, what));
    const auto offset = EXCISE_TRY(number<uint64_t>(what));
    if (offset % alignment != 0) {
      return bad(what, "an offset of whole " + std::to_string(alignment),
                 std::to_string(offset));
    }
    entry.begin = offset;
    // Compared with the size of the file by check_tensors().
    entry.end = offset > file_.size() ? offset : offset + bytes;
    header_.tensors.push_back(std::move(entry));
    return {};
  }

  // At most those of the file.
  Result<size_t> bytes_of(const TensorEntry& entry,
                          const std::string& what) const {
    const size_t block = dtype_block(entry.dtype);
    if (entry.shape.back() % block != 0) {
      return bad(what,
                 "rows of whole blocks of " + std::to_string(block) +
                     " elements, of " + std::string(dtype_name(entry.dtype)),
                 std::to_string(entry.shape.back()));
    }
    // Of blocks; the file has fewer than 2^64 bytes.
    size_t count = 1;
    for (const size_t extent : entry.shape) {
      if (extent != 0 && count > file_.size() * block / extent) {
        return bad(what, "elements within the file", "more",
                   "the file is cut off or damaged: fetch it again");
      }
      count *= extent;
    }
    return stored_bytes(entry.dtype, count);
  }

  Status check_tensors() {
    const size_t size = file_.size() - header_.data_offset;
    std::ranges::sort(header_.tensors, {}, &TensorEntry::begin);
    const TensorEntry* last = nullptr;
    for (const TensorEntry& entry : header_.tensors) {
      const std::string what = "tensor " + entry.name;
      if (entry.end > size || entry.begin > size) {
        return bad(what, "it within the file", "it ends behind it",
                   "the file is cut off or damaged: fetch it again");
      }
      if (last != nullptr && last->end > entry.begin)
        return bad(what, "bytes of its own", "those of tensor " + last->name);
      last = &entry;
    }
    std::ranges::sort(header_.tensors, {}, &TensorEntry::name);
    const auto twice =
        std::ranges::adjacent_find(header_.tensors, {}, &TensorEntry::name);
    if (twice == header_.tensors.end()) return {};
    return bad("tensor " + twice->name, "each tensor once", "two of it");
  }

  std::span<const std::byte> file_;
  const std::filesystem::path& path_;
  size_t at_ = 0;
  GgufHeader header_;
};

}  // namespace

Result<GgufHeader> parse_gguf_header(std::span<const std::byte> file,
                                     const std::filesystem::path& path) {
  return HeaderReader(file, path).read();
}

bool begins_as_gguf(const std::filesystem::path& path) {
  std::array<char, kMagic.size()> first{};
  std::ifstream file(path, std::ios::binary);
  return file.read(first.data(), first.size()) &&
         std::string_view(first.data(), first.size()) == kMagic;
}

}  // namespace excise
