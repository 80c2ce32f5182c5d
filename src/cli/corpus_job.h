// A corpus from its texts to the result folder, and from shards to one.
#ifndef EXCISE_CLI_CORPUS_JOB_H_
#define EXCISE_CLI_CORPUS_JOB_H_

#include <filesystem>
#include <optional>
#include <vector>

#include "cli/corpus_cluster.h"
#include "cli/result_job.h"
#include "core/error.h"
#include "experiment/corpus/corpus_results.h"
#include "experiment/corpus/corpus_run.h"
#include "experiment/corpus/corpus_spec.h"

namespace excise {

struct CorpusJob {
  CorpusSpec spec;
  ResultOptions output;
  bool resume = false;         // go on with what an earlier run left
  bool estimate = false;       // say what it will take, and end
  std::optional<Shard> shard;  // of the batches; what is written is for merge
  TableFormats formats = {};
  Workers workers = {};  // none: this process does all
};

// What is measured goes to `OUT.journal` at once, which becomes a file of the
// result folder OUT when all is done; what workers measure, to the folder
// `OUT.shards`.
Status run_corpus_job(const CorpusJob& job);

// The same of an experiment file.
Status run_job(const CorpusSpec& spec, const ResultOptions& output);

// One result of the folders that shards wrote.
Status run_merge_job(const std::vector<std::filesystem::path>& shards,
                     TableFormats formats, const ResultOptions& output);

}  // namespace excise

#endif  // EXCISE_CLI_CORPUS_JOB_H_
