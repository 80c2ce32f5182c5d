// Where the edit stands among its controls, as a table for the terminal.
#ifndef EXCISE_CLI_CONTROL_TABLE_H_
#define EXCISE_CLI_CONTROL_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/sweep/summary.h"

namespace excise {

// One table for each cell that has controls: one line a layer, at most 100
// columns. Empty without controls.
std::string control_table(const Summary& summary, const Terminal& terminal);
// Of several texts together; empty without them.
std::string control_table_over_texts(const Summary& summary,
                                     const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_CONTROL_TABLE_H_
