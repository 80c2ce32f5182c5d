// Points that tell where t has an effect and where the second opinion agrees.
#ifndef EXCISE_REPORT_SECOND_OPINION_H_
#define EXCISE_REPORT_SECOND_OPINION_H_

#include <string>

#include "report/figure.h"
#include "report/result_folder.h"

namespace excise {

// Points of a branch by layer: filled where the q of t and that of the second
// opinion are below the limit, a hollow diamond where t's alone is. A result
// of an earlier version has t alone, whose points are filled. branch: the JSON
// pointer of its tests, "" of the preset's.
void fill_by_tests(const ResultFolder& folder, const std::string& branch,
                   Series& series);

// The same in the title of a figure.
std::string fill_words(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_SECOND_OPINION_H_
