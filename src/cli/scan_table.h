// What a scan over components found, layer by layer, for a terminal.
#ifndef EXCISE_CLI_SCAN_TABLE_H_
#define EXCISE_CLI_SCAN_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/sweep/summary.h"

namespace excise {

// Within 100 columns, with an empty line at its end; empty without a scan.
std::string scan_table(const Spec& spec, const Summary& summary,
                       const Terminal& terminal);

// The branches that edit several layers; empty without.
std::string together_table(const Summary& summary, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_SCAN_TABLE_H_
