// The last panel of every report: how the result was made, and how it is made
// again.
#ifndef EXCISE_REPORT_METHOD_PANEL_H_
#define EXCISE_REPORT_METHOD_PANEL_H_

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

struct Method {
  std::string command;          // that repeats the run
  std::string experiment = {};  // its experiment.toml; empty: none
  Html caveat = {};             // what the numbers do not say, as a sentence
  // Of this run beside what every manifest has: names and values.
  std::vector<std::pair<std::string, nlohmann::json>> facts = {};
};

Panel method_panel(const ResultFolder& folder, const Method& method);

// The resolved experiment of the manifest, whose model and files are names and
// no paths of somebody's machine. schema: of the file; but for the keys in
// `without`.
std::string experiment_toml(const ResultFolder& folder,
                            const std::string& schema,
                            const std::vector<std::string>& without = {});

}  // namespace excise

#endif  // EXCISE_REPORT_METHOD_PANEL_H_
