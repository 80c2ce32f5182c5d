#include "cli/corpus_cluster.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/threads.h"
#include "experiment/corpus/corpus_header.h"
#include "io/bounded_json.h"
#include "io/journal.h"
#include "io/output_file.h"

namespace excise {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

Result<json> answer_of(const PythonPackage& python, const std::string& task,
                       const std::vector<std::string>& arguments,
                       const json& request) {
  const std::string answer =
      EXCISE_TRY(python.run(task, arguments, request.dump()));
  json read = parse_bounded_json(answer);
  if (!read.is_discarded()) return read;
  return fail(ErrorCode::kInternal, {.where = "python",
                                     .subject = task,
                                     .expected = "an answer",
                                     .found = "none"});
}

bool is_shard(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with("shard-") && name.ends_with(".journal");
}

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> shards;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error))
    if (is_shard(at->path())) shards.push_back(at->path());
  std::ranges::sort(shards);
  return shards;
}

// Leaves a folder that this run may go on with.
Status prepare_folder(const fs::path& folder, EarlierJournal earlier,
                      const CorpusHeader& header) {
  std::error_code ignored;
  const std::vector<fs::path> shards = shards_in(folder);
  if (!shards.empty() && earlier == EarlierJournal::kRefuse) {
    return refuse(folder.string(), "no earlier run",
                  "one that did not come to its end",
                  "--resume goes on with it, --force begins anew");
  }
  for (const fs::path& shard : shards) {
    const Journal journal = EXCISE_TRY(Journal::open(shard));
    if (earlier == EarlierJournal::kReplace) {
      fs::remove(shard, ignored);
      continue;
    }
    const std::string differs = difference(
        EXCISE_TRY(read_header(journal.header(), shard.string())), header);
    if (differs.empty()) continue;
    return refuse(shard.string(), "a shard of this very run",
                  "another one: " + differs,
                  "ask for the same again, or begin anew with --force");
  }
  return make_folders(folder);
}

}  // namespace

fs::path shards_of(const fs::path& out) {
  fs::path folder = out;
  if (!folder.has_filename()) folder = folder.parent_path();
  return folder += ".shards";
}

void remove_shards(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& shard : shards_in(folder)) fs::remove(shard, ignored);
  fs::remove(folder, ignored);
}

Result<CorpusCluster> CorpusCluster::find(const Workers& workers,
                                          CorpusSpec& spec) {
  if (std::ranges::find(spec.texts, "-") != spec.texts.end()) {
    return refuse(workers.count ? "--workers" : "--dask",
                  "texts in files, which other processes read too",
                  "standard input");
  }
  CorpusCluster cluster(EXCISE_TRY(PythonPackage::find({PythonNeed::kCluster})),
                        workers);
  if (workers.count) {
    const int each = use_threads(0) / static_cast<int>(*workers.count);
    if (spec.threads == 0) spec.threads = std::max(each, 1);
    return cluster;
  }
  const json found = EXCISE_TRY(answer_of(cluster.python_, "connect", {},
                                          {{"address", workers.address}}));
  if (spec.threads == 0) spec.threads = found.value("threads", 1);
  return cluster;
}

Result<std::vector<fs::path>> CorpusCluster::measure(const CorpusRun& run,
                                                     const CorpusSpec& spec,
                                                     const fs::path& folder,
                                                     EarlierJournal earlier,
                                                     bool quiet) const {
  EXCISE_CHECK(prepare_folder(folder, earlier, run.header()));
  const json request = {
      {"model", spec.model},
      {"bos", bos_name(spec.reading.bos)},
      {"special_tokens", special_tokens_name(spec.reading.special)},
      {"threads", spec.threads},
      {"experiment", corpus_spec_to_toml(spec)},
      {"workers", workers_.count.value_or(0)},
      {"address", workers_.address},
      {"quiet", quiet}};
  EXCISE_TRY(answer_of(python_, "shards", {folder.string()}, request));
  return shards_in(folder);
}

}  // namespace excise
