// A corpus, as experiment/kinds/kinds.h lists it.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_EXPERIMENT_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_EXPERIMENT_H_

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"
#include "experiment/common/provenance.h"
#include "experiment/corpus/corpus_data.h"
#include "experiment/corpus/corpus_results.h"
#include "experiment/corpus/corpus_spec.h"
#include "experiment/corpus/corpus_summary.h"

namespace excise {

// What was measured, and what its tests say.
struct MeasuredCorpus {
  std::shared_ptr<const CorpusData> data;
  CorpusSummary summary;
};

// Of the journals of all shards, or the one of a whole run. Errors: those of
// CorpusData::open() and summarize_corpus().
Result<MeasuredCorpus> read_corpus_journals(
    std::span<const std::filesystem::path> journals, const Progress& progress);

// Measures it into a journal that nobody can go on with. Errors: those of
// CorpusRun and read_corpus_journals().
// name: of the model, as results have it.
Result<MeasuredCorpus> run_corpus(const Model& model, const CorpusSpec& spec,
                                  const std::string& name,
                                  const Progress& progress);
// Named as its folder is.
Result<MeasuredCorpus> run_corpus(const Model& model, const CorpusSpec& spec,
                                  const Progress& progress);
// With the journal. Errors: those of write_corpus_results().
Result<std::string> write_corpus(const OutputFolder& folder, const Model& model,
                                 const MeasuredCorpus& corpus,
                                 const Provenance& provenance);
// The same where no model is at hand.
Result<std::string> write_corpus(const OutputFolder& folder,
                                 const MeasuredCorpus& corpus,
                                 TableFormats formats = {});

struct CorpusExperiment {
  static constexpr std::string_view kName = "corpus";
  static constexpr std::string_view kSchema = kCorpusExperimentSchema;
  static constexpr auto parse = parse_corpus_spec;
  static constexpr Result<MeasuredCorpus> (*run)(const Model&,
                                                 const CorpusSpec&,
                                                 const Progress&) = run_corpus;
  static constexpr Result<std::string> (*write)(
      const OutputFolder&, const Model&, const MeasuredCorpus&,
      const Provenance&) = write_corpus;

  // Of a spec that nobody changed.
  template <typename Take>
  static void with_options(Take take) {
    CorpusSpec spec;
    take(corpus_fields(spec));
  }
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_EXPERIMENT_H_
