// What a reviewer asks, as a result folder has it (docs/formats.md).
#ifndef EXCISE_REPORT_CHECKLIST_H_
#define EXCISE_REPORT_CHECKLIST_H_

#include <string>
#include <vector>

#include "report/result_folder.h"

namespace excise {

struct CheckLine {
  std::string question;
  bool asked = false;
  std::string outcome;  // where it was asked
  std::string option;   // what to type where it was not
};

// None of kinds of results that have no list, and of older ones.
std::vector<CheckLine> check_lines(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_CHECKLIST_H_
