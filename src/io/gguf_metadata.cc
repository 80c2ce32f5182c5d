#include <cmath>
#include <cstring>
#include <utility>

#include "io/gguf_header.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

// A value for a message.
std::string shown_value(const GgufValue& value) {
  constexpr size_t kLongest = 60;
  if (const auto* text = std::get_if<std::string_view>(&value))
    return "\"" + without_controls(text->substr(0, kLongest)) + "\"";
  if (const auto* array = std::get_if<GgufArray>(&value))
    return "an array of " + std::to_string(array->count);
  if (const auto* flag = std::get_if<bool>(&value))
    return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<uint64_t>(&value))
    return std::to_string(*whole);
  if (const auto* whole = std::get_if<int64_t>(&value))
    return std::to_string(*whole);
  return std::to_string(std::get<double>(value));
}

template <typename T>
std::vector<double> as_doubles(const GgufArray& array) {
  std::vector<double> values(array.count);
  for (size_t i = 0; i < array.count; ++i) {
    T value;
    std::memcpy(&value, array.bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<double>(value);
  }
  return values;
}

}  // namespace

bool GgufMetadata::add(std::string key, GgufValue value) {
  return values_.emplace(std::move(key), value).second;
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

tl::unexpected<Error> GgufMetadata::bad(ErrorCode code, std::string_view key,
                                        std::string expected,
                                        std::string hint) const {
  const GgufValue* value = find(key);
  return fail(code,
              {.where = "gguf",
               .subject = path_.string() + ": " + std::string(key),
               .expected = std::move(expected),
               .found = value == nullptr ? "nothing" : shown_value(*value),
               .hint = std::move(hint)});
}

Result<std::optional<uint64_t>> GgufMetadata::integer(std::string_view key,
                                                      uint64_t largest) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* whole = std::get_if<uint64_t>(value);
  const auto* sign = std::get_if<int64_t>(value);
  if (whole != nullptr && *whole <= largest) return *whole;
  if (sign != nullptr && *sign >= 0 &&
      static_cast<uint64_t>(*sign) <= largest) {
    return static_cast<uint64_t>(*sign);
  }
  return bad(ErrorCode::kBadFile, key,
             "a whole number from 0 to " + std::to_string(largest));
}

Result<std::optional<double>> GgufMetadata::number(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<uint64_t>(value))
    return static_cast<double>(*whole);
  if (const auto* sign = std::get_if<int64_t>(value))
    return static_cast<double>(*sign);
  const auto* fraction = std::get_if<double>(value);
  if (fraction != nullptr && std::isfinite(*fraction)) return *fraction;
  return bad(ErrorCode::kBadFile, key, "a finite number");
}

Result<std::optional<bool>> GgufMetadata::flag(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* truth = std::get_if<bool>(value)) return *truth;
  return bad(ErrorCode::kBadFile, key, "true or false");
}

Result<std::optional<std::string>> GgufMetadata::text(
    std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* bytes = std::get_if<std::string_view>(value);
  if (bytes != nullptr && !first_invalid_utf8(*bytes))
    return std::string(*bytes);
  return bad(ErrorCode::kBadFile, key, "a text, in UTF-8");
}

Result<std::optional<std::vector<std::string_view>>> GgufMetadata::texts(
    std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* array = std::get_if<GgufArray>(value);
  if (array == nullptr || array->type != GgufType::kString)
    return bad(ErrorCode::kBadFile, key, "an array of texts");
  std::vector<std::string_view> texts;
  const std::byte* at = array->bytes.data();
  for (size_t i = 0; i < array->count; ++i) {
    uint64_t length = 0;
    std::memcpy(&length, at, sizeof(length));
    at += sizeof(length);
    const std::string_view text(reinterpret_cast<const char*>(at), length);
    at += length;
    if (first_invalid_utf8(text)) {
      return bad(ErrorCode::kBadFile, key,
                 "texts in UTF-8, also of element " + std::to_string(i));
    }
    texts.push_back(text);
  }
  return texts;
}

Result<std::optional<std::vector<double>>> GgufMetadata::numbers(
    std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* array = std::get_if<GgufArray>(value);
  if (array == nullptr || array->type == GgufType::kString)
    return bad(ErrorCode::kBadFile, key, "an array of numbers");
  switch (array->type) {
    case GgufType::kI8:
      return as_doubles<int8_t>(*array);
    case GgufType::kU16:
      return as_doubles<uint16_t>(*array);
    case GgufType::kI16:
      return as_doubles<int16_t>(*array);
    case GgufType::kU32:
      return as_doubles<uint32_t>(*array);
    case GgufType::kI32:
      return as_doubles<int32_t>(*array);
    case GgufType::kF32:
      return as_doubles<float>(*array);
    case GgufType::kU64:
      return as_doubles<uint64_t>(*array);
    case GgufType::kI64:
      return as_doubles<int64_t>(*array);
    case GgufType::kF64:
      return as_doubles<double>(*array);
    default:  // bytes and truths
      return as_doubles<uint8_t>(*array);
  }
}

}  // namespace excise
