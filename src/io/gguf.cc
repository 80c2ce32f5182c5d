#include "io/gguf.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace excise {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostParts = 99999;  // five digits of a name

// "x-00002-of-00003.gguf".
struct PartName {
  std::string stem;
  uint64_t count = 0;

  std::string part(uint64_t number) const {
    std::array<char, 32> end{};
    std::snprintf(end.data(), end.size(), "-%05u-of-%05u.gguf",
                  static_cast<unsigned>(number), static_cast<unsigned>(count));
    return stem + end.data();
  }
};

std::optional<PartName> part_name(const fs::path& path) {
  static const std::regex kPattern("(.*)-[0-9]{5}-of-([0-9]{5})\\.gguf");
  std::smatch match;
  const std::string name = path.filename().string();
  if (!std::regex_match(name, match, kPattern)) return std::nullopt;
  return PartName{match[1], std::stoull(match[2])};
}

struct Part {
  MappedFile file;
  GgufHeader header;
};

Result<Part> open_part(const fs::path& path) {
  MappedFile file = EXCISE_TRY(MappedFile::open(path));
  Result<GgufHeader> parsed = parse_gguf_header(file.bytes(), path);
  EXCISE_CHECK(file.check_unchanged());
  return Part{std::move(file), EXCISE_TRY(std::move(parsed))};
}

// The number that a part has, from 0, and how many there are.
Status check_part(const GgufMetadata& metadata, uint64_t number,
                  uint64_t count) {
  const auto parts = EXCISE_TRY(metadata.integer("split.count", kMostParts));
  if (parts.value_or(1) != count) {
    return metadata.bad(ErrorCode::kBadFile, "split.count",
                        std::to_string(count) + ", as the name of the file is");
  }
  const auto own = EXCISE_TRY(metadata.integer("split.no", kMostParts));
  if (own.value_or(0) == number) return {};
  return metadata.bad(ErrorCode::kBadFile, "split.no",
                      std::to_string(number) + ", as the name of the file is");
}

}  // namespace

Result<GgufFile> open_gguf(const fs::path& path) {
  const auto name = part_name(path);
  std::vector<fs::path> paths = {path};
  if (name && name->count > 1) {
    paths.clear();
    for (uint64_t i = 1; i <= name->count; ++i)
      paths.push_back(path.parent_path() / name->part(i));
  }
  std::vector<MappedFile> files;
  std::vector<StoredTensor> tensors;
  std::optional<GgufMetadata> metadata;  // of the first part
  std::set<std::string> names;
  for (size_t i = 0; i < paths.size(); ++i) {
    Part part = EXCISE_TRY(open_part(paths[i]));
    const GgufMetadata& own = part.header.metadata;
    if (!name &&
        EXCISE_TRY(own.integer("split.count", kMostParts)).value_or(1) > 1) {
      return own.bad(ErrorCode::kBadFile, "split.count",
                     "1, or a name such as x-00001-of-00003.gguf",
                     "give the parts the names that they had");
    }
    EXCISE_CHECK(check_part(own, i, paths.size()));
    const auto data = part.file.bytes().subspan(part.header.data_offset);
    for (TensorEntry& entry : part.header.tensors) {
      if (!names.insert(entry.name).second) {
        return fail(ErrorCode::kBadFile,
                    {.where = "gguf",
                     .subject = paths[i].string() + ": tensor " + entry.name,
                     .expected = "each tensor once",
                     .found = "it in another part too"});
      }
      tensors.push_back({std::move(entry.name), entry.dtype,
                         std::move(entry.shape),
                         data.subspan(entry.begin, entry.end - entry.begin)});
    }
    if (!metadata) metadata = std::move(part.header.metadata);
    files.push_back(std::move(part.file));
  }
  const auto stated =
      EXCISE_TRY(metadata->integer("split.tensors.count", UINT32_MAX));
  if (stated && *stated != tensors.size()) {
    return metadata->bad(ErrorCode::kBadFile, "split.tensors.count",
                         "the " + std::to_string(tensors.size()) +
                             " tensors that the parts have");
  }
  return GgufFile{TensorFile::of(std::move(files), std::move(tensors)),
                  *std::move(metadata)};
}

}  // namespace excise
