// The text with each token in the colour of its effect, as SVG.
#ifndef EXCISE_REPORT_TOKEN_TEXT_SVG_H_
#define EXCISE_REPORT_TOKEN_TEXT_SVG_H_

#include <cstddef>
#include <string>

#include "report/result_folder.h"

namespace excise {

// row: of folder.layers.
std::string token_text_svg(const ResultFolder& folder, size_t row);

}  // namespace excise

#endif  // EXCISE_REPORT_TOKEN_TEXT_SVG_H_
