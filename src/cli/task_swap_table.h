// A swap with counterparts, for a terminal.
#ifndef EXCISE_CLI_TASK_SWAP_TABLE_H_
#define EXCISE_CLI_TASK_SWAP_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/task/task_sweep.h"

namespace excise {

// A line a layer, then those of groups, and what the columns are, within 100
// columns; nothing without a swap or a prompt
// that it tests.
std::string task_swap_table(const TaskSweep& sweep, const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_TASK_SWAP_TABLE_H_
