// The sentences that a result file has: a report shows them as they are.
#ifndef EXCISE_REPORT_PASSAGE_H_
#define EXCISE_REPORT_PASSAGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "report/result_folder.h"

namespace excise {

// All that the result says about this topic; "" where it says nothing.
std::string passage_text(const ResultFolder& folder, std::string_view topic);
// Each of them.
std::vector<std::string> passage_parts(const ResultFolder& folder,
                                       std::string_view topic);
// Those of several topics, a paragraph each. Of a result without sentences by
// topic, as earlier versions wrote it, the summary as it stands.
std::vector<std::string> passages_about(
    const ResultFolder& folder, const std::vector<std::string_view>& topics);
// A number at one of two JSON pointers: the second is that of an older file.
double number_at_either(const nlohmann::json& json, const char* pointer,
                        const char* older);

}  // namespace excise

#endif  // EXCISE_REPORT_PASSAGE_H_
