// Shards of a corpus: parts of one run, each a folder with a journal.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_SHARDS_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_SHARDS_H_

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/corpus/corpus_run.h"
#include "io/output_folder.h"

namespace excise {

inline constexpr std::string_view kShardSchema = "excise.corpus-shard/1";

// The folder of a shard that was measured into `journal`: that, and a
// results.json that says which shard it is, which it gives. There is nothing to
// test yet. Errors: io.
Result<std::string> write_shard(const OutputFolder& folder, const Shard& shard,
                                const std::filesystem::path& journal);

// The journals of all shards of a run, from their folders in any order. Errors:
// io; bad_file for another folder; bad_input, by name, where one is missing or
// there twice, or is of another number of shards.
Result<std::vector<std::filesystem::path>> shard_journals(
    std::span<const std::filesystem::path> folders);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_SHARDS_H_
