// The laminar profile that a t-lesion ends with, at most 100 columns wide.
#ifndef EXCISE_CLI_LESION_TABLE_H_
#define EXCISE_CLI_LESION_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/lesion/lesion.h"

namespace excise {

// One line a layer and a legend.
std::string lesion_table(const LesionResult& result, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_LESION_TABLE_H_
