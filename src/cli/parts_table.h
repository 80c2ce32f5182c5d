// Where effects arise, layer by layer, for a terminal.
#ifndef EXCISE_CLI_PARTS_TABLE_H_
#define EXCISE_CLI_PARTS_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/sweep/summary.h"

namespace excise {

// Within 100 columns, with an empty line at its end; empty without parts.
std::string parts_table(const Summary& summary, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_PARTS_TABLE_H_
