#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/terminal.h"
#include "io/output_file.h"
#include "io/output_place.h"
#include "io/utf8.h"
#include "report/checklist.h"
#include "report/report.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<fs::path> folders;
  fs::path out, figures;
  ReportOptions report;
  bool check = false, force = false, quiet = false;
};

constexpr const char* kStandardOutput = "-";

// Before the work. Beside its result a report is one of its files, and
// replaced.
Status check_page(const Options& options, const fs::path& out) {
  if (out == kStandardOutput) return {};
  const bool own = options.out.empty() && options.folders.size() == 1;
  EXCISE_CHECK(check_replaceable(out, own || options.force));
  const fs::path place = EXCISE_TRY(output_place(out));
  if (place.filename() == kReportFile) return {};  // no input
  return check_not_input(place, options.folders);
}

// The same of the figures, each a file in their folder, which is made.
Status check_figures(const Options& options,
                     const std::vector<SvgFile>& figures) {
  EXCISE_TRY(output_place(options.figures));
  for (const SvgFile& figure : figures) {
    const fs::path path = options.figures / figure.name;
    EXCISE_CHECK(check_replaceable(path, options.force));
    EXCISE_CHECK(
        check_not_input(EXCISE_TRY(output_place(path)), options.folders));
  }
  return make_folders(options.figures);
}

// what: "Report".
Status write_page(const Options& options, const fs::path& out,
                  const std::string& page, std::string_view what) {
  EXCISE_CHECK(check_interrupted());
  if (out == kStandardOutput) {
    write_out(page);
    return {};
  }
  const bool own = options.out.empty() && options.folders.size() == 1;
  EXCISE_CHECK(write_whole_file(out, page, own || options.force));
  if (!options.quiet) print_out("{}: {}\n", what, shown(out.string()));
  return {};
}

// One result folder's page, and its figures where they are asked for.
Status report_one(const Options& options) {
  if (options.figures == kStandardOutput) {
    return fail(ErrorCode::kBadInput, {.where = "report",
                                       .subject = "--figures",
                                       .expected = "a folder",
                                       .found = "-, the standard output"});
  }
  const fs::path& folder = options.folders.front();
  const ResultFolder results = EXCISE_TRY(ResultFolder::open(folder));
  const fs::path out = options.out.empty() ? folder / kReportFile : options.out;
  EXCISE_CHECK(check_page(options, out));
  const std::string page =
      EXCISE_TRY(results.file.confirmed(report_page(results, options.report)));
  std::vector<SvgFile> figures;
  if (!options.figures.empty()) {
    figures = EXCISE_TRY(
        results.file.confirmed(report_figures(results, options.report)));
    EXCISE_CHECK(check_figures(options, figures));
  }
  EXCISE_CHECK(write_page(options, out, page, "Report"));
  if (options.figures.empty()) return {};
  for (const SvgFile& figure : figures) {
    EXCISE_CHECK(write_whole_file(options.figures / figure.name, figure.content,
                                  options.force));
  }
  if (!options.quiet && options.out != kStandardOutput) {
    print_out("Figures: {} in {}\n", figures.size(),
              shown(options.figures.string()));
  }
  return {};
}

// The last names of the folders, with as much before them as it takes to tell
// them apart.
std::vector<std::string> short_names(const std::vector<fs::path>& folders) {
  std::vector<std::vector<std::string>> parts;
  for (const fs::path& folder : folders) {
    std::error_code error;
    fs::path whole = fs::absolute(folder, error).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();
    std::vector<std::string> names;
    for (const fs::path& part : whole.relative_path()) {
      names.insert(names.begin(), part.string());
    }
    parts.push_back(std::move(names));
  }
  for (size_t depth = 1;; ++depth) {
    std::vector<std::string> names;
    bool longest = true;
    for (const auto& part : parts) {
      std::string name;
      for (size_t i = std::min(depth, part.size()); i-- > 0;) {
        name += (name.empty() ? "" : "/") + part[i];
      }
      longest = longest && depth >= part.size();
      names.push_back(std::move(name));
    }
    auto sorted = names;
    std::sort(sorted.begin(), sorted.end());
    const bool unique =
        std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    if (unique || longest) return names;
  }
}

// What was asked of a result, and what to type for the rest.
Status print_checklist(const fs::path& folder) {
  const auto lines = check_lines(EXCISE_TRY(ResultFolder::open(folder)));
  if (lines.empty()) {
    return fail(ErrorCode::kBadInput,
                {.where = "report",
                 .subject = shown(folder.string()),
                 .expected = "a sweep of this version of excise, which has a "
                             "checklist",
                 .found = "none"});
  }
  const Terminal terminal = detect_terminal();
  for (const CheckLine& line : lines) {
    print_out("{} {}\n", line.asked ? "[x]" : "[ ]",
              bold(shown(line.question), terminal));
    print_out("    {}\n", line.asked ? shown(line.outcome)
                                     : "not asked: " + shown(line.option));
  }
  return {};
}

Status check_each(const std::vector<fs::path>& folders) {
  for (const fs::path& folder : folders) {
    if (folders.size() > 1) print_out("{}\n", shown(folder.string()));
    EXCISE_CHECK(print_checklist(folder));
  }
  return {};
}

Status report_several(const Options& options) {
  if (!options.figures.empty() || options.report.layer) {
    return fail(ErrorCode::kBadInput,
                {.where = "report",
                 .subject = "--figures and --layer",
                 .expected = "one result folder",
                 .found = std::to_string(options.folders.size())});
  }
  const fs::path out =
      options.out.empty() ? fs::path("comparison.html") : options.out;
  EXCISE_CHECK(check_page(options, out));
  const auto names = short_names(options.folders);
  std::vector<Compared> results;
  for (size_t i = 0; i < names.size(); ++i) {
    results.push_back(
        {names[i], EXCISE_TRY(ResultFolder::open(options.folders[i]))});
    EXCISE_CHECK(check_comparable(results.back().folder, options.folders[i]));
  }
  const std::string page = comparison_page(results);
  for (const Compared& one : results) {
    EXCISE_CHECK(one.folder.file.check_unchanged());
  }
  EXCISE_CHECK(write_page(options, out, page, "Comparison"));
  return {};
}

}  // namespace

void add_report(Command program) {
  Command command = program.add_command(
      "report", "one page of a result folder, or a comparison of several");
  auto options = std::make_shared<Options>();
  command.add_option("FOLDER", options->folders, "result folders")
      .type("")
      .required();
  command
      .add_option(
          "--out", options->out,
          "the page, - for standard output (default FOLDER/report.html; "
          "comparison.html of several)")
      .type("FILE");
  command
      .add_option("--figures", options->figures,
                  "also write each figure as SVG into this folder")
      .type("FOLDER");
  command
      .add_option("--layer", options->report.layer,
                  "layer that is shown at first (default: the one of the "
                  "largest effect)")
      .type("LAYER");
  command.add_flag("--check", options->check,
                   "print what a reviewer asks, what came out, and what to "
                   "type for what was not asked; writes nothing");
  command.add_flag("--force", options->force, "replace earlier files");
  command.add_flag("--quiet", options->quiet, "print nothing but errors");
  command.footer(
      "Examples:\n"
      "  excise report results/demo\n"
      "  excise report results/demo --check\n"
      "  excise report results/demo --layer 4 --figures figures\n"
      "  excise report results/baker-7m-published results/baker-7m-pca --out "
      "presets.html");
  command.set_action([options] {
    if (options->check) return check_each(options->folders);
    return options->folders.size() == 1 ? report_one(*options)
                                        : report_several(*options);
  });
}

}  // namespace excise
