// The result folder of a corpus.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_RESULTS_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_RESULTS_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/corpus/corpus_data.h"
#include "experiment/corpus/corpus_summary.h"
#include "io/output_folder.h"

namespace excise {

inline constexpr std::string_view kCorpusSchema = "excise.corpus/1";
// The journal in its folder, and in that of a shard.
inline constexpr std::string_view kJournalName = "journal.excise";

// What tables the folder has in the end, of which results.json lists the names.
struct TableFormats {
  bool csv = true;
  bool parquet = false;  // made of the CSV by the Python package
};

// "layers", "texts", "units" and, where they are asked for, "parts", "variants"
// and "tokens".
std::vector<std::string> corpus_tables(const CorpusHeader& header);

// Writes results.json, the tables as CSV, whatever is asked for, and
// experiment.toml, which hang on the journals' records alone and not on who
// wrote them, and gives the first. Errors: io, out_of_memory.
Result<std::string> write_corpus_results(const OutputFolder& folder,
                                         const CorpusData& data,
                                         const CorpusSummary& corpus,
                                         TableFormats formats = {});

// The header of a whole run's folder, to see whether it is what is asked for.
// Errors: io, bad_file.
Result<CorpusHeader> read_finished(const std::filesystem::path& folder);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_RESULTS_H_
