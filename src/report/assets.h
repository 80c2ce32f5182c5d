// The parts of the page that are compiled in; tools/embed_report makes them
// from src/report/page and from Plotly.
#ifndef EXCISE_REPORT_ASSETS_H_
#define EXCISE_REPORT_ASSETS_H_

#include <string_view>

namespace excise {

std::string_view page_style();
std::string_view page_script();
std::string_view plotly_script();
// The two scripts as a Content-Security-Policy names them:
// 'sha256-...' 'sha256-...'.
std::string_view script_hashes();

}  // namespace excise

#endif  // EXCISE_REPORT_ASSETS_H_
