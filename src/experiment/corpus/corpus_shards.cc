#include "experiment/corpus/corpus_shards.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "experiment/common/json_values.h"
#include "experiment/corpus/corpus_results.h"
#include "io/bounded_json.h"
#include "io/text_file.h"

namespace excise {
namespace {

tl::unexpected<Error> refuse(const std::filesystem::path& folder,
                             std::string expected, std::string found) {
  return fail(ErrorCode::kBadInput, {.where = "merge",
                                     .subject = folder.string(),
                                     .expected = std::move(expected),
                                     .found = std::move(found)});
}

Result<Shard> read_shard(const std::filesystem::path& folder) {
  const nlohmann::json json =
      parse_bounded_json(EXCISE_TRY(read_text_file(folder / "results.json")));
  if (json.is_object() && json.contains("schema") &&
      json["schema"] == kShardSchema && json.contains("shard") &&
      json["shard"].is_string()) {
    return parse_shard(json["shard"].get<std::string>());
  }
  return fail(ErrorCode::kBadFile,
              {.where = "merge",
               .subject = folder.string(),
               .expected = "a folder that excise corpus wrote with --shard i/n",
               .found = "another one"});
}

}  // namespace

Result<std::string> write_shard(const OutputFolder& folder, const Shard& shard,
                                const std::filesystem::path& journal) {
  std::error_code error;
  std::filesystem::copy_file(journal, folder.path(kJournalName), error);
  if (error) {
    return fail(ErrorCode::kIo, {.where = "corpus",
                                 .subject = journal.string(),
                                 .expected = "to copy it to the result folder",
                                 .found = error.message()});
  }
  const Json json = {
      {"schema", kShardSchema},
      {"summary", fmt::format("Shard {} of {}: excise merge makes one result "
                              "of all.",
                              shard.index, shard.count)},
      {"shard", fmt::format("{}/{}", shard.index, shard.count)},
      {"manifest", {{"files", {"results.json", std::string(kJournalName)}}}}};
  std::string text = file_text(json);
  EXCISE_CHECK(folder.write_text("results.json", text));
  return text;
}

Result<std::vector<std::filesystem::path>> shard_journals(
    std::span<const std::filesystem::path> folders) {
  std::vector<std::filesystem::path> journals;  // by the number of the shard
  for (const std::filesystem::path& folder : folders) {
    const Shard shard = EXCISE_TRY(read_shard(folder));
    if (journals.empty()) journals.resize(shard.count);
    if (shard.count != journals.size()) {
      return refuse(folder, fmt::format("a shard of {}", journals.size()),
                    fmt::format("one of {}", shard.count));
    }
    std::filesystem::path& place = journals[shard.index - 1];
    if (!place.empty()) {
      return refuse(folder, "each shard once",
                    fmt::format("shard {}/{}, which {} is too", shard.index,
                                shard.count, place.parent_path().string()));
    }
    place = folder / kJournalName;
  }
  std::string missing;
  for (size_t i = 0; i < journals.size(); ++i) {
    if (journals[i].empty())
      missing += fmt::format("{}{}/{}", missing.empty() ? "" : ", ", i + 1,
                             journals.size());
  }
  if (missing.empty() && !folders.empty()) return journals;
  return refuse(folders.empty() ? std::filesystem::path() : folders.front(),
                "all shards", "no shard " + missing);
}

}  // namespace excise
