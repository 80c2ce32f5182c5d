// The removal beside its controls, layer by layer, for a terminal.
#ifndef EXCISE_CLI_CONTROL_TABLE_H_
#define EXCISE_CLI_CONTROL_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/summary.h"

namespace excise {

// Within 100 columns, with an empty line at its end; empty without controls.
std::string control_table(const Summary& summary, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_CONTROL_TABLE_H_
