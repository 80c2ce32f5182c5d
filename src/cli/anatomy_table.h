// What the removed directions are, for a terminal.
#ifndef EXCISE_CLI_ANATOMY_TABLE_H_
#define EXCISE_CLI_ANATOMY_TABLE_H_

#include <string>

#include "cli/terminal.h"
#include "experiment/sweep/sweep.h"
#include "model/model.h"

namespace excise {

// One line a layer and component, within 100 columns, with an empty line at its
// end.
std::string anatomy_table(const Model& model, const SweepResult& result,
                          const Terminal& terminal);

}  // namespace excise

#endif  // EXCISE_CLI_ANATOMY_TABLE_H_
