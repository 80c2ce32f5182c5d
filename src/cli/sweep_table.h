// The table that a sweep ends with, at most 100 columns wide.
#ifndef EXCISE_CLI_SWEEP_TABLE_H_
#define EXCISE_CLI_SWEEP_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/sweep/summary.h"

namespace excise {

// One line a layer and a legend.
std::string sweep_table(const Summary& summary, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_SWEEP_TABLE_H_
