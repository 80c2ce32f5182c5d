// What variants of a removal do, for a terminal.
#ifndef EXCISE_CLI_VARIANTS_TABLE_H_
#define EXCISE_CLI_VARIANTS_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/sweep/summary.h"

namespace excise {

// Within 100 columns, with an empty line at its end; empty without variants.
std::string variants_table(const Summary& summary, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_VARIANTS_TABLE_H_
