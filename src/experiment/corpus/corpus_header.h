// What stands at the beginning of a corpus journal: whose numbers follow.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_HEADER_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_HEADER_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/json_values.h"
#include "experiment/corpus/corpus_list.h"
#include "experiment/corpus/corpus_spec.h"
#include "experiment/corpus/text_sums.h"
#include "experiment/sweep/sweep_plan.h"

namespace excise {

// Two runs whose headers are the same but for `experiment`, which has paths as
// they were typed, give the same numbers to the bit.
struct CorpusHeader {
  std::string program;       // version
  Json model;                // as model_json()
  std::string tokenizer;     // fingerprint
  Json spec;                 // what was asked for
  std::string experiment;    // TOML that asks for it again
  std::string instructions;  // of the processor, as kernels are chosen by them
  int threads = 1;
  std::string texts_fingerprint;  // CorpusList::fingerprint()
  // The list, without its ids.
  std::vector<ListedText> texts;
  std::vector<Window> windows;
  std::vector<size_t> batches;
  std::vector<SkippedText> skipped;
  size_t repeated = 0;
  size_t window = 0;
  std::vector<size_t> layers;
  size_t branches = 0;
  SumsOf sums_of;  // as `spec` says

  size_t batch_count() const { return batches.size() - 1; }
  size_t windows_of(size_t batch) const {
    return batches[batch + 1] - batches[batch];
  }
  // Whether there are other edits beside the removal.
  bool has_variants() const;
  SumsLayout layout() const { return {layers.size(), branches, sums_of}; }
};

// name: of the model, as results have it.
CorpusHeader header_of(const Model& model, const std::string& name,
                       const std::string& program, const CorpusSpec& spec,
                       const CorpusList& list, const SweepPlan& plan,
                       int threads);

std::string write_header(const CorpusHeader& header);
// source: for messages. Error bad_file for what no run writes.
Result<CorpusHeader> read_header(std::string_view text,
                                 const std::string& source);

// "model, threads": which parts differ; "" where none does.
std::string difference(const CorpusHeader& one, const CorpusHeader& other);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_HEADER_H_
