// Builds GGUF files for tests, also such as lie.
#ifndef EXCISE_TESTING_MADE_GGUF_H_
#define EXCISE_TESTING_MADE_GGUF_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "io/gguf_header.h"

namespace excise {

template <typename T>
std::string as_bytes_of(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

inline std::string gguf_string(std::string_view text) {
  return as_bytes_of<uint64_t>(text.size()) + std::string(text);
}

// A file part by part; what the header counts is what was added, unless a test
// says otherwise.
class MadeGguf {
 public:
  uint32_t version = 3;
  std::string magic = "GGUF";
  int64_t more_keys = 0, more_tensors = 0;  // than there are
  size_t alignment = 32;

  MadeGguf& key(std::string_view name, GgufType type,
                const std::string& value) {
    keys_ +=
        gguf_string(name) + as_bytes_of(static_cast<uint32_t>(type)) + value;
    ++n_keys_;
    return *this;
  }
  MadeGguf& whole(std::string_view name, uint32_t value) {
    return key(name, GgufType::kU32, as_bytes_of(value));
  }
  MadeGguf& number(std::string_view name, float value) {
    return key(name, GgufType::kF32, as_bytes_of(value));
  }
  MadeGguf& flag(std::string_view name, bool value) {
    return key(name, GgufType::kBool, as_bytes_of<uint8_t>(value ? 1 : 0));
  }
  MadeGguf& text(std::string_view name, std::string_view value) {
    return key(name, GgufType::kString, gguf_string(value));
  }
  MadeGguf& array(std::string_view name, GgufType type, uint64_t count,
                  const std::string& elements) {
    return key(name, GgufType::kArray,
               as_bytes_of(static_cast<uint32_t>(type)) + as_bytes_of(count) +
                   elements);
  }
  MadeGguf& texts(std::string_view name,
                  const std::vector<std::string>& values) {
    std::string elements;
    for (const std::string& value : values) elements += gguf_string(value);
    return array(name, GgufType::kString, values.size(), elements);
  }
  MadeGguf& floats(std::string_view name, const std::vector<float>& values) {
    std::string elements;
    for (const float value : values) elements += as_bytes_of(value);
    return array(name, GgufType::kF32, values.size(), elements);
  }
  MadeGguf& wholes(std::string_view name, const std::vector<int32_t>& values) {
    std::string elements;
    for (const int32_t value : values) elements += as_bytes_of(value);
    return array(name, GgufType::kI32, values.size(), elements);
  }

  // extents: the contiguous one first, as in the file. The data lie one behind
  // the other.
  MadeGguf& tensor(std::string_view name, const std::vector<uint64_t>& extents,
                   uint32_t type, const std::string& data) {
    entry(name, extents, type, data_.size());
    data_ +=
        data +
        std::string((alignment - data.size() % alignment) % alignment, '\0');
    return *this;
  }
  MadeGguf& entry(std::string_view name, const std::vector<uint64_t>& extents,
                  uint32_t type, uint64_t offset) {
    tensors_ +=
        gguf_string(name) + as_bytes_of(static_cast<uint32_t>(extents.size()));
    for (const uint64_t extent : extents) tensors_ += as_bytes_of(extent);
    tensors_ += as_bytes_of(type) + as_bytes_of(offset);
    ++n_tensors_;
    return *this;
  }

  std::string bytes() const {
    std::string all = magic + as_bytes_of(version) +
                      as_bytes_of<uint64_t>(n_tensors_ + more_tensors) +
                      as_bytes_of<uint64_t>(n_keys_ + more_keys) + keys_ +
                      tensors_;
    if (alignment > 0)
      all.resize((all.size() + alignment - 1) / alignment * alignment);
    return all + data_;
  }

 private:
  std::string keys_, tensors_, data_;
  uint64_t n_keys_ = 0, n_tensors_ = 0;
};

}  // namespace excise

#endif  // EXCISE_TESTING_MADE_GGUF_H_
