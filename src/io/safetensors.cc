#include "io/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/did_you_mean.h"
#include "io/bounded_json.h"
#include "io/fingerprint.h"
#include "io/safetensors_header.h"
#include "io/text_file.h"

namespace excise {

size_t StoredTensor::rows() const {
  size_t product = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i) product *= shape[i];
  return product;
}

size_t StoredTensor::cols() const { return shape.empty() ? 1 : shape.back(); }

std::optional<MatrixView<const float>> StoredTensor::as_float_view() const {
  const auto address = reinterpret_cast<uintptr_t>(bytes.data());
  if (dtype != DType::kF32 || address % alignof(float) != 0 ||
      d_head_of_pairs > 0) {
    return std::nullopt;
  }
  return MatrixView<const float>(reinterpret_cast<const float*>(bytes.data()),
                                 rows(), cols());
}

Status StoredTensor::copy_rows(size_t first, MatrixView<float> out) const {
  if (out.cols() != cols() || first > rows() || out.rows() > rows() - first ||
      !out.contiguous()) {
    return fail(ErrorCode::kInternal,
                {.where = "safetensors",
                 .subject = "rows of tensor " + name,
                 .expected = "a part of " + std::to_string(rows()) + " x " +
                             std::to_string(cols()),
                 .found = std::to_string(out.rows()) + " x " +
                          std::to_string(out.cols()) + " from row " +
                          std::to_string(first)});
  }
  const size_t row_bytes = stored_bytes(dtype, cols());
  if (d_head_of_pairs == 0) {
    convert_to_float(dtype,
                     bytes.subspan(first * row_bytes, out.rows() * row_bytes),
                     {out.data(), out.rows() * out.cols()});
  } else if (shape.size() == 1) {
    std::vector<float> stored(cols());
    convert_to_float(dtype, bytes, stored);
    for (size_t i = 0; i < stored.size(); ++i)
      out(0, i) = stored[row_in_pairs(i, d_head_of_pairs)];
  } else {
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < out.rows(); ++r) {
      const size_t stored = row_in_pairs(first + r, d_head_of_pairs);
      convert_to_float(dtype, bytes.subspan(stored * row_bytes, row_bytes),
                       out.row(r));
    }
  }
  return {};
}

Result<Matrix<double>> StoredTensor::to_double() const {
  try {
    auto out = Matrix<double>::uninitialized(rows(), cols());
    convert_to_double(dtype, bytes, out.values());
    return out;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "safetensors", .subject = "tensor " + name});
  }
}

std::optional<size_t> StoredTensor::first_non_finite() const {
  return excise::first_non_finite(dtype, bytes);
}

namespace {

struct OpenedFile {
  MappedFile file;
  SafetensorsHeader header;
};

Result<OpenedFile> open_one(const std::filesystem::path& path) {
  MappedFile file = EXCISE_TRY(MappedFile::open(path));
  Result<SafetensorsHeader> parsed =
      parse_safetensors_header(file.bytes(), path);
  EXCISE_CHECK(file.check_unchanged());
  SafetensorsHeader header = EXCISE_TRY(std::move(parsed));
  return OpenedFile{std::move(file), std::move(header)};
}

tl::unexpected<Error> bad_index(const std::filesystem::path& path,
                                std::string expected, std::string found) {
  return fail(ErrorCode::kBadFile, {.where = "safetensors",
                                    .subject = path.string(),
                                    .expected = std::move(expected),
                                    .found = std::move(found)});
}

// Tensor name -> shard, as the index says.
Result<std::map<std::string, std::string>> read_index(
    const std::filesystem::path& path) {
  const std::string text = EXCISE_TRY(read_text_file(path, kLongestHeader));
  const auto index = parse_bounded_json(text);
  if (!index.is_object() || !index.contains("weight_map") ||
      !index["weight_map"].is_object()) {
    return bad_index(path, "JSON with a weight_map", "something else");
  }
  std::map<std::string, std::string> shards;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    if (!shard.is_string()) {
      return bad_index(path, "a file name for tensor " + name,
                       shard.type_name());
    }
    const auto file = shard.get<std::string>();
    // A shard lies beside its index, nowhere else.
    if (file.empty() || std::filesystem::path(file).filename() != file) {
      return bad_index(path, "a file beside the index for tensor " + name,
                       file);
    }
    shards[name] = file;
  }
  return shards;
}

}  // namespace

struct TensorFile::Known {
  std::once_flag once;
  std::string fingerprint;
  std::optional<std::string> stamp;  // of the files, as they were opened
};

Result<TensorFile> TensorFile::open(const std::filesystem::path& path) {
  TensorFile all;
  std::map<std::string, std::string> shard_of;
  std::set<std::string> shards = {path.filename().string()};
  const bool sharded = path.extension() == ".json";
  if (sharded) {
    shard_of = EXCISE_TRY(read_index(path));
    shards.clear();
    for (const auto& [name, shard] : shard_of) shards.insert(shard);
  }
  for (const std::string& shard : shards) {
    OpenedFile opened = EXCISE_TRY(open_one(path.parent_path() / shard));
    const auto data = opened.file.bytes().subspan(opened.header.data_offset);
    for (TensorEntry& entry : opened.header.tensors) {
      if (sharded) {
        const auto listed = shard_of.find(entry.name);
        if (listed == shard_of.end() || listed->second != shard) {
          return bad_index(path, "tensor " + entry.name + " of " + shard,
                           listed == shard_of.end()
                               ? std::string("no such entry")
                               : "it in " + listed->second);
        }
        shard_of.erase(listed);
      }
      all.tensors_.push_back(
          {std::move(entry.name), entry.dtype, std::move(entry.shape),
           data.subspan(entry.begin, entry.end - entry.begin)});
    }
    all.metadata_.merge(opened.header.metadata);
    all.files_.push_back(std::move(opened.file));
  }
  if (!shard_of.empty()) {
    const auto& [name, shard] = *shard_of.begin();
    return bad_index(path, "tensor " + name + " in " + shard,
                     "a shard without it");
  }
  all.settle();
  return all;
}

TensorFile TensorFile::of(std::vector<MappedFile> files,
                          std::vector<StoredTensor> tensors) {
  TensorFile all;
  all.files_ = std::move(files);
  all.tensors_ = std::move(tensors);
  all.settle();
  return all;
}

void TensorFile::settle() {
  std::sort(tensors_.begin(), tensors_.end(),
            [](const StoredTensor& a, const StoredTensor& b) {
              return a.name < b.name;
            });
  std::vector<std::filesystem::path> paths;
  for (const MappedFile& file : files_) paths.push_back(file.path());
  known_ = std::make_shared<Known>();
  known_->stamp = settled_stamp(paths);
}

const StoredTensor* TensorFile::find(std::string_view name) const {
  const auto found = std::lower_bound(
      tensors_.begin(), tensors_.end(), name,
      [](const StoredTensor& a, std::string_view b) { return a.name < b; });
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

Result<const StoredTensor*> TensorFile::get(std::string_view name) const {
  if (const StoredTensor* tensor = find(name)) return tensor;
  std::vector<std::string> names;
  for (const StoredTensor& tensor : tensors_) names.push_back(tensor.name);
  return fail(ErrorCode::kBadFile, {.where = "safetensors",
                                    .subject = "tensor " + std::string(name),
                                    .expected = "it in the file",
                                    .found = "no such tensor",
                                    .hint = did_you_mean(name, names)});
}

size_t TensorFile::file_bytes() const {
  size_t bytes = 0;
  for (const MappedFile& file : files_) bytes += file.bytes().size();
  return bytes;
}

Status TensorFile::check_unchanged() const {
  for (const MappedFile& file : files_) EXCISE_CHECK(file.check_unchanged());
  return {};
}

namespace {

// tensors: ordered by name. mapped: their pages may be given back.
std::string fingerprint_of(std::span<const StoredTensor> tensors, bool mapped) {
  ContentFingerprint print;
  for (const StoredTensor& tensor : tensors) {
    print.add(tensor.name);
    print.add(dtype_name(tensor.dtype));
    for (const size_t extent : tensor.shape) print.add(std::to_string(extent));
    // In pieces, so that a model larger than memory is not held as a whole.
    constexpr size_t kHeld = size_t{256} << 20;
    for (size_t first = 0; first < tensor.bytes.size(); first += kHeld) {
      const auto piece = tensor.bytes.subspan(
          first, std::min(kHeld, tensor.bytes.size() - first));
      print.add(piece);
      if (mapped) drop_pages(piece);
    }
  }
  return print.hex();
}

}  // namespace

std::string TensorWriter::fingerprint() const {
  std::vector<StoredTensor> tensors;
  for (const Entry& entry : entries_)
    tensors.push_back({entry.name, entry.dtype, entry.shape, entry.bytes});
  std::ranges::sort(tensors, {}, &StoredTensor::name);
  return fingerprint_of(tensors, false);
}

std::string TensorFile::fingerprint() const {
  // Hashing less than this takes no longer than looking it up.
  constexpr size_t kWorthRemembering = size_t{64} << 20;
  std::call_once(known_->once, [&] {
    std::string& known = known_->fingerprint;
    const bool remembers = known_->stamp && file_bytes() >= kWorthRemembering;
    if (remembers) {
      known = remembered_fingerprint(*known_->stamp).value_or("");
      if (!known.empty()) return;
    }
    known = fingerprint_of(tensors_, true);
    std::vector<std::filesystem::path> paths;
    for (const MappedFile& file : files_) paths.push_back(file.path());
    // What lies there now may be another file than the one that is mapped.
    if (remembers && settled_stamp(paths) == known_->stamp)
      remember_fingerprint(*known_->stamp, known);
  });
  return known_->fingerprint;
}

std::string TensorFile::sampled_fingerprint() const {
  constexpr size_t kSample = 4096;
  Fingerprint print;
  for (const StoredTensor& tensor : tensors_) {
    print.add(tensor.name);
    print.add(dtype_name(tensor.dtype));
    for (const size_t extent : tensor.shape) {
      print.add(std::to_string(extent) + ",");
    }
    const size_t sample = std::min(kSample, tensor.bytes.size());
    print.add(tensor.bytes.first(sample));
    print.add(tensor.bytes.last(sample));
  }
  return print.hex();
}

}  // namespace excise
