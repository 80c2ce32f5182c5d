// The table of a corpus run.
#ifndef EXCISE_CLI_CORPUS_TABLE_H_
#define EXCISE_CLI_CORPUS_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/corpus/corpus_summary.h"

namespace excise {

// One line a layer: over the units.
std::string corpus_table(const CorpusSummary& corpus, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_CORPUS_TABLE_H_
