// The report: what a removal did, as one file that opens anywhere. It is made
// from a result folder alone, never from the model.
#ifndef EXCISE_REPORT_REPORT_H_
#define EXCISE_REPORT_REPORT_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "io/output_folder.h"
#include "report/result_folder.h"

namespace excise {

inline constexpr const char* kReportFile = "report.html";

// layer: the one that is shown at first; without it the one of the largest
// effect. Errors: bad_input for a layer that was not swept, and those of
// ResultFolder::open().
struct ReportOptions {
  std::optional<size_t> layer;
};

// The page of one result folder.
Result<std::string> report_page(const ResultFolder& folder,
                                const ReportOptions& options);

// Puts the page beside results that are already in the folder. Errors: those of
// report_page() and of writing.
Status write_report(const OutputFolder& folder);

struct SvgFile {
  std::string name;  // "layers-effect.svg"
  std::string content;
};

// Each figure, and the text in the colours of its tokens.
Result<std::vector<SvgFile>> report_figures(const ResultFolder& folder,
                                            const ReportOptions& options);

// Whether it can be one of several in a comparison. path: what an error names.
// Error: bad_input for anything but a sweep.
Status check_comparable(const ResultFolder& folder,
                        const std::filesystem::path& path);

// One result in a comparison.
struct Compared {
  std::string name;  // unlike the others
  ResultFolder folder;
};

// The page that puts several results side by side.
std::string comparison_page(const std::vector<Compared>& results);

}  // namespace excise

#endif  // EXCISE_REPORT_REPORT_H_
