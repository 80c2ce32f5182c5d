// The table that a median replacement ends with, at most 100 columns wide.
#ifndef EXCISE_CLI_MEDIAN_TABLE_H_
#define EXCISE_CLI_MEDIAN_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/median/median.h"

namespace excise {

// One line a layer, a column a share of neurons, and a legend. Shares that do
// not fit are left out, which the legend says.
std::string median_table(const MedianResult& result, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_MEDIAN_TABLE_H_
