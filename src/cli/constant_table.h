// The best constant found, in the terminal.
#ifndef EXCISE_CLI_CONSTANT_TABLE_H_
#define EXCISE_CLI_CONSTANT_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/sweep/summary.h"

namespace excise {

// A row a layer; "" where no constant was asked for.
std::string constant_table(const Summary& summary, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_CONSTANT_TABLE_H_
