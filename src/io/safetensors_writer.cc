#include "io/safetensors_writer.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/safetensors.h"

namespace excise {

Result<SafetensorsStream> SafetensorsStream::create(
    const std::filesystem::path& path,
    std::span<const TensorDeclaration> tensors,
    const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t position = 0;
  for (const TensorDeclaration& tensor : tensors) {
    size_t bytes = dtype_size(tensor.dtype);
    for (const size_t extent : tensor.shape) bytes *= extent;
    header[tensor.name] = {{"dtype", std::string(dtype_name(tensor.dtype))},
                           {"shape", tensor.shape},
                           {"data_offsets", {position, position + bytes}}};
    position += bytes;
  }
  // A name from elsewhere may be no UTF-8, which throws otherwise.
  std::string text = header.dump(
      -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  // Spaces bring the data to a multiple of 8, as the format asks for.
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  OutputFile file = EXCISE_TRY(OutputFile::open(path));
  EXCISE_CHECK(file.write(std::as_bytes(std::span(&length, 1))));
  EXCISE_CHECK(file.write(text));
  return SafetensorsStream(std::move(file), position);
}

SafetensorsStream::SafetensorsStream(OutputFile file, size_t expected_bytes)
    : file_(std::move(file)), missing_bytes_(expected_bytes) {}

Status SafetensorsStream::write(std::span<const std::byte> bytes) {
  missing_bytes_ -= bytes.size();
  return file_.write(bytes);
}

Status SafetensorsStream::close() {
  if (missing_bytes_ != 0) {
    return fail(ErrorCode::kInternal, {.where = "safetensors",
                                       .subject = "bytes written",
                                       .expected = "those declared",
                                       .found = "another number"});
  }
  return file_.close();
}

void TensorWriter::add_bytes(std::string name, DType dtype,
                             std::vector<size_t> shape,
                             std::span<const std::byte> bytes) {
  entries_.push_back({std::move(name), dtype, std::move(shape),
                      std::vector<std::byte>(bytes.begin(), bytes.end())});
}

void TensorWriter::add(std::string name, std::vector<size_t> shape,
                       std::span<const float> values) {
  add_bytes(std::move(name), DType::kF32, std::move(shape),
            std::as_bytes(values));
}

void TensorWriter::add(std::string name, std::vector<size_t> shape,
                       std::span<const double> values) {
  add_bytes(std::move(name), DType::kF64, std::move(shape),
            std::as_bytes(values));
}

void TensorWriter::add(std::string name, std::vector<size_t> shape,
                       std::span<const int64_t> values) {
  add_bytes(std::move(name), DType::kI64, std::move(shape),
            std::as_bytes(values));
}

void TensorWriter::set_metadata(std::string key, std::string value) {
  metadata_[std::move(key)] = std::move(value);
}

Status TensorWriter::write(const std::filesystem::path& path) const {
  std::vector<TensorDeclaration> declarations;
  for (const Entry& entry : entries_) {
    declarations.push_back({entry.name, entry.dtype, entry.shape});
  }
  SafetensorsStream stream =
      EXCISE_TRY(SafetensorsStream::create(path, declarations, metadata_));
  for (const Entry& entry : entries_) EXCISE_CHECK(stream.write(entry.bytes));
  return stream.close();
}

}  // namespace excise
