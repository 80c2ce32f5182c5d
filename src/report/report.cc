#include "report/report.h"

#include "report/figure_svg.h"
#include "report/page.h"
#include "report/result_kind.h"
#include "report/token_text_svg.h"

namespace excise {
namespace {

Result<size_t> row_of(const ResultFolder& folder, const ResultKind& kind,
                      const ReportOptions& options) {
  if (!options.layer) return kind.first_row(folder);
  if (const auto row = folder.row_of(*options.layer)) return *row;
  return fail(ErrorCode::kBadInput,
              {.where = "report",
               .subject = "--layer",
               .expected = "one of " + list_text(folder.layers),
               .found = std::to_string(*options.layer)});
}

}  // namespace

Result<std::string> report_page(const ResultFolder& folder,
                                const ReportOptions& options) {
  const ResultKind* kind = EXCISE_TRY(kind_of(folder));
  Page page;
  page.row = EXCISE_TRY(row_of(folder, *kind, options));
  const std::string model = text_at(folder.results, "/manifest/model/name");
  page.title = model + " · excise report";
  page.head = kind->head(folder);
  if (kind->main_figure != nullptr) page.main = kind->main_figure(folder);
  page.panels = EXCISE_TRY(kind->panels(folder));
  page.layers = folder.layers;
  page.tokens.pieces = folder.pieces;
  page.tokens.ids = folder.ids;
  page.tokens.logprob.resize(folder.n_tokens());
  if (const Matrix<double>* logprob = folder.array("logprob_clean")) {
    const auto values = logprob->values();
    page.tokens.logprob.assign(values.begin(), values.end());
  }
  page.program =
      "excise " + text_at(folder.results, "/manifest/program/version");
  return page_html(page);
}

Status check_comparable(const ResultFolder& folder,
                        const std::filesystem::path& path) {
  const ResultKind* kind = EXCISE_TRY(kind_of(folder));
  if (kind->sweeps_a_text) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "report",
               .subject = path.string(),
               .expected = "the result of a sweep, to be compared with others",
               .found = std::string(kind->schema),
               .hint = "excise report FOLDER makes its own page"});
}

Status write_report(const OutputFolder& folder) {
  const ResultFolder results = EXCISE_TRY(ResultFolder::open(folder.path("")));
  return folder.write_text(kReportFile, EXCISE_TRY(report_page(results, {})));
}

Result<std::vector<SvgFile>> report_figures(const ResultFolder& folder,
                                            const ReportOptions& options) {
  const ResultKind* kind = EXCISE_TRY(kind_of(folder));
  const size_t row = EXCISE_TRY(row_of(folder, *kind, options));
  std::vector<SvgFile> files;
  const auto add = [&](const Slot& slot) {
    for (const Figure& figure : slot.choices) {
      Figure titled = figure;
      if (figure.follows_layer)
        titled.title += " · layer " + std::to_string(folder.layers[row]);
      files.push_back({figure.id + ".svg", figure_svg(titled, row)});
    }
  };
  if (kind->main_figure != nullptr) {
    if (const auto main = kind->main_figure(folder)) add(*main);
  }
  for (const Panel& panel : EXCISE_TRY(kind->panels(folder))) {
    for (const Slot& slot : panel.slots) add(slot);
  }
  if (kind->sweeps_a_text) {
    files.push_back({"tokens-text.svg", token_text_svg(folder, row)});
  }
  return files;
}

}  // namespace excise
