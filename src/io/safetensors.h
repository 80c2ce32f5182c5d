// The safetensors format: a mapped, validated reader and a writer.
// https://huggingface.co/docs/safetensors
#ifndef EXCISE_IO_SAFETENSORS_H_
#define EXCISE_IO_SAFETENSORS_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "io/dtype.h"
#include "io/mapped_file.h"

namespace excise {

// Where a row of the model's order lies among rows in adjacent pairs, see
// StoredTensor::d_head_of_pairs. d_head: even.
constexpr size_t row_in_pairs(size_t row, size_t d_head) {
  const size_t half = d_head / 2, i = row % d_head;
  return row - i + (i < half ? 2 * i : 2 * (i - half) + 1);
}

// One tensor where it lies in a mapped file; borrowed from the TensorFile.
struct StoredTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<size_t> shape;
  std::span<const std::byte> bytes;
  // Where it is not 0, rows (of a vector: elements) i and i + d_head / 2 of
  // each d_head lie side by side: llama.cpp's order of Llama's queries and
  // keys. copy_rows() and products with rows (RowWeight) have the model's own
  // order.
  size_t d_head_of_pairs = 0;

  // Of elements.
  size_t count() const {
    return bytes.size() / dtype_size(dtype) * dtype_block(dtype);
  }
  size_t rows() const;  // product of all but the last dimension; 1 for a vector
  size_t cols() const;  // the last dimension; 1 for a scalar

  // The tensor itself when it is F32 and aligned to 4 bytes, without a copy.
  std::optional<MatrixView<const float>> as_float_view() const;
  // Rows first .. first + out.rows() - 1 widened to float32 (exact for F16,
  // BF16, F32; F64 and integers are rounded). out: [count, cols()].
  Status copy_rows(size_t first, MatrixView<float> out) const;
  // The whole tensor as double, [rows(), cols()]. Every dtype.
  Result<Matrix<double>> to_double() const;
  // Index (in elements) of the first NaN or infinity, if any. Floating dtypes
  // only.
  std::optional<size_t> first_non_finite() const;
};

// One file or the shards that an index names; the files stay mapped as long as
// this lives.
class TensorFile {
 public:
  // path: a .safetensors file, or a .safetensors.index.json.
  // Errors: bad_file for every header that lies (see docs/formats.md), io when
  // a file is missing.
  static Result<TensorFile> open(const std::filesystem::path& path);
  // Of files of another format: tensors, of different names, are views of them.
  static TensorFile of(std::vector<MappedFile> files,
                       std::vector<StoredTensor> tensors);

  const std::vector<StoredTensor>& tensors() const {
    return tensors_;
  }                                                       // ordered by name
  const StoredTensor* find(std::string_view name) const;  // nullptr when absent
  // Error bad_file with near names when absent.
  Result<const StoredTensor*> get(std::string_view name) const;
  const std::map<std::string, std::string>& metadata() const {
    return metadata_;
  }
  // Sum over the files, in bytes.
  size_t file_bytes() const;
  // 32 hex digits that name the content in results: XXH3 over names, dtypes,
  // shapes and all bytes of the tensors. The same for one file or shards. What
  // was hashed once is remembered, in this object and, of large files, from run
  // to run (io/fingerprint.h).
  std::string fingerprint() const;
  // Error io when one of the files changed since it was opened.
  Status check_unchanged() const;
  // What work on these files gave, or that error in its place: neither numbers
  // nor errors that come of a changed file count.
  template <typename T>
  Result<T> confirmed(Result<T> given) const {
    EXCISE_CHECK(check_unchanged());
    return given;
  }
  // 16 hex digits, as versions up to 0.1 wrote them into basis files and
  // results: FNV-1a over the same, but only the ends of each tensor.
  std::string sampled_fingerprint() const;

 private:
  struct Known;  // the fingerprint, once it was asked for

  // When files_ and tensors_ are there.
  void settle();

  std::vector<MappedFile> files_;
  std::shared_ptr<Known> known_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Collects tensors and writes them as one file, in the order they were added.
class TensorWriter {
 public:
  void add(std::string name, std::vector<size_t> shape,
           std::span<const float> values);
  void add(std::string name, std::vector<size_t> shape,
           std::span<const double> values);
  void add(std::string name, std::vector<size_t> shape,
           std::span<const int64_t> values);
  void set_metadata(std::string key, std::string value);
  // TensorFile::fingerprint() of the file that write() would make.
  std::string fingerprint() const;
  // To `path` directly; use OutputFolder to make a whole folder appear at once.
  // Errors: io.
  Status write(const std::filesystem::path& path) const;

 private:
  struct Entry {
    std::string name;
    DType dtype;
    std::vector<size_t> shape;
    std::vector<std::byte> bytes;
  };
  void add_bytes(std::string name, DType dtype, std::vector<size_t> shape,
                 std::span<const std::byte> bytes);
  std::vector<Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace excise

#endif  // EXCISE_IO_SAFETENSORS_H_
