#include "io/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/matrix.h"
#include "io/json_problem.h"

namespace excise {
namespace {

using nlohmann::json;

// Takes the header's events as they are read, so that a name given twice and
// deep nesting are seen, and nothing is built that the format does not have.
class HeaderReader : public nlohmann::json_sax<json> {
 public:
  std::vector<TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
  std::string problem;  // why reading stopped

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t) override {
    return unexpected("a negative number");
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (depth_ != 3) return unexpected("a number");
    numbers_.push_back(value);
    return true;
  }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a fraction");
  }
  bool binary(binary_t&) override { return unexpected("binary data"); }

  bool string(string_t& value) override {
    if (depth_ != 2) return unexpected("a string");
    if (in_metadata_) {
      metadata[field_] = value;
      return true;
    }
    if (field_ != "dtype") return unexpected("a string");
    const auto dtype = parse_dtype(value);
    if (!dtype) {
      problem = "tensor " + tensor_ + " has the unknown dtype " + value;
      return false;
    }
    dtype_ = dtype;
    return true;
  }

  bool start_object(size_t) override {
    if (depth_ > 1) return unexpected("an object");
    ++depth_;
    if (depth_ == 2) {
      dtype_.reset();
      shape_.reset();
      offsets_.reset();
      fields_.clear();
    }
    return true;
  }
  bool key(string_t& value) override {
    if (depth_ == 1) {
      in_metadata_ = value == "__metadata__";
      tensor_ = value;
      if (names_.insert(value).second) return true;
      problem = "tensor " + value + " is there twice";
      return false;
    }
    field_ = value;
    if (fields_.insert(value).second) return true;
    problem = "tensor " + tensor_ + " has " + value + " twice";
    return false;
  }
  bool end_object() override {
    --depth_;
    return depth_ != 1 || in_metadata_ || add_tensor();
  }

  bool start_array(size_t) override {
    if (depth_ != 2 || in_metadata_ ||
        (field_ != "shape" && field_ != "data_offsets")) {
      return unexpected("a list");
    }
    ++depth_;
    numbers_.clear();
    return true;
  }
  bool end_array() override {
    --depth_;
    (field_ == "shape" ? shape_ : offsets_) = numbers_;
    return true;
  }

  bool parse_error(size_t, const std::string&,
                   const json::exception& error) override {
    problem = json_problem(error);
    return false;
  }

 private:
  bool unexpected(const std::string& what) {
    problem = what + " where the format has none";
    if (!tensor_.empty()) problem += ", at tensor " + tensor_;
    return false;
  }

  bool add_tensor() {
    if (!dtype_ || !shape_ || !offsets_ || offsets_->size() != 2 ||
        fields_.size() != 3) {
      problem = "tensor " + tensor_ + " needs dtype, shape and data_offsets";
      return false;
    }
    tensors.push_back({tensor_, *dtype_,
                       std::vector<size_t>(shape_->begin(), shape_->end()),
                       (*offsets_)[0], (*offsets_)[1]});
    return true;
  }

  int depth_ = 0;
  bool in_metadata_ = false;
  std::string tensor_, field_;
  std::set<std::string> names_, fields_;
  std::vector<size_t> numbers_;
  std::optional<DType> dtype_;
  std::optional<std::vector<size_t>> shape_, offsets_;
};

class Checker {
 public:
  explicit Checker(const std::filesystem::path& path) : path_(path) {}

  tl::unexpected<Error> bad(std::string expected, std::string found) const {
    return fail(ErrorCode::kBadFile,
                {.where = "safetensors",
                 .subject = path_.string(),
                 .expected = std::move(expected),
                 .found = std::move(found),
                 .hint = "the file is damaged or was not written by "
                         "safetensors; fetch it again"});
  }

  // The bytes that shape and dtype ask for must be those between the offsets.
  Status check_size(const TensorEntry& entry) const {
    std::optional<size_t> count = 1;
    for (const size_t extent : entry.shape) {
      count = checked_product(*count, extent);
      if (!count) break;
    }
    const auto bytes =
        count ? checked_product(*count, dtype_size(entry.dtype)) : std::nullopt;
    if (!bytes) {
      return bad("a shape whose size fits in 64 bits",
                 "an overflow in tensor " + entry.name);
    }
    if (entry.end < entry.begin) {
      return bad("data_offsets that ascend",
                 std::to_string(entry.begin) + " to " +
                     std::to_string(entry.end) + " in tensor " + entry.name);
    }
    if (entry.end - entry.begin != *bytes) {
      return bad(std::to_string(*bytes) + " bytes for tensor " + entry.name,
                 std::to_string(entry.end - entry.begin));
    }
    return {};
  }

  // Sorted tensors must follow each other without overlap or gap, to the end.
  Status check_coverage(const std::vector<TensorEntry>& tensors,
                        size_t data_bytes) const {
    size_t position = 0;
    for (const TensorEntry& entry : tensors) {
      if (entry.begin != position) {
        return bad("tensor " + entry.name + " to begin at byte " +
                       std::to_string(position),
                   (entry.begin < position ? "an overlap at byte "
                                           : "a gap up to byte ") +
                       std::to_string(entry.begin));
      }
      position = entry.end;
    }
    if (position != data_bytes) {
      return bad(
          "tensors over all " + std::to_string(data_bytes) + " bytes of data",
          std::to_string(position) + " bytes");
    }
    return {};
  }

 private:
  const std::filesystem::path& path_;
};

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(
    std::span<const std::byte> file, const std::filesystem::path& path) {
  const Checker checker(path);
  uint64_t length = 0;
  if (file.size() < sizeof(length)) {
    return checker.bad("at least 8 bytes", std::to_string(file.size()));
  }
  std::memcpy(&length, file.data(), sizeof(length));
  if (length > kLongestHeader) {
    return checker.bad("a header of at most 100 MB",
                       std::to_string(length) + " bytes");
  }
  if (length > file.size() - sizeof(length)) {
    return checker.bad("a header of at most the file's " +
                           std::to_string(file.size() - sizeof(length)) +
                           " bytes",
                       std::to_string(length) + " bytes");
  }
  const char* begin =
      reinterpret_cast<const char*>(file.data()) + sizeof(length);
  HeaderReader reader;
  if (!json::sax_parse(begin, begin + length, &reader)) {
    return checker.bad("a valid header", reader.problem);
  }
  SafetensorsHeader header;
  header.tensors = std::move(reader.tensors);
  header.metadata = std::move(reader.metadata);
  header.data_offset = sizeof(length) + length;
  for (const TensorEntry& entry : header.tensors) {
    EXCISE_CHECK(checker.check_size(entry));
  }
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const TensorEntry& a, const TensorEntry& b) {
              return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
            });
  EXCISE_CHECK(
      checker.check_coverage(header.tensors, file.size() - header.data_offset));
  return header;
}

}  // namespace excise
