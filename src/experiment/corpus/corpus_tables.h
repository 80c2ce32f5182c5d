// The tables of a corpus: one row a layer, text or unit.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_TABLES_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_TABLES_H_

#include <string>

#include "core/error.h"
#include "experiment/corpus/corpus_data.h"
#include "experiment/corpus/corpus_summary.h"
#include "experiment/corpus/corpus_units.h"
#include "io/output_file.h"

namespace excise {

std::string corpus_layers_csv(const CorpusSummary& corpus);

// A row for each text or unit, layer and branch (the preset, and the cells
// beside it where they were run). Error io.
Status write_sums_csv(const CorpusData& data, const CorpusSummary& corpus,
                      CorpusSums::By by, OutputFile& file);

// A row for each measured token and layer, of a corpus that kept them: what the
// preset does to it. Error io.
Status write_tokens_csv(const CorpusData& data, OutputFile& file);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_TABLES_H_
