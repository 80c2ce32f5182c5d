#include <fmt/format.h>

#include <string>
#include <utility>

#include "report/corpus_panels.h"
#include "report/head_parts.h"
#include "report/method_panel.h"
#include "report/panel_parts.h"
#include "report/passage.h"
#include "report/result_kind.h"
#include "report/result_reader.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

// All is in results.json.
Status read_corpus_result(const std::filesystem::path& path,
                          ResultFolder& folder) {
  const auto& units = value_at(folder.results, "/units");
  if (units.is_array() && !units.empty()) {
    take_scan_grid(folder);
    return {};
  }
  return bad_result(path / "results.json", "units",
                    "a list of what was measured", "none");
}

size_t count_at(const ResultFolder& folder, const char* pointer) {
  const double count = number_at(folder.results, pointer);
  return count >= 0 ? static_cast<size_t>(count) : 0;
}

Html corpus_head(const ResultFolder& folder) {
  Head head;
  head.change = "over " + count_text(count_at(folder, "/manifest/n_units"),
                                     "independent unit");
  head.facts =
      fmt::format("{} \u00B7 {} \u00B7 {} \u00B7 {} at {}",
                  count_text(count_at(folder, "/manifest/n_texts"), "text"),
                  count_text(count_at(folder, "/manifest/n_windows"), "window"),
                  count_text(count_at(folder, "/manifest/n_tokens"), "token"),
                  count_text(folder.layers.size(), "layer"),
                  text_at(spec_of(folder), "/hook"));
  for (const std::string& part : passage_parts(folder, "left out"))
    head.warnings.push_back(part);
  head.lead = passages_about(folder, {"effect", "controls"});
  head.main = main_figure(folder);
  head.left_title = "What was measured";
  head.left.raw("<p>");
  for (const std::string& part : passage_parts(folder, "corpus"))
    head.left.text(part + " ");
  head.left.raw("</p>");
  head.right_title = "The basis";
  head.right.raw("<p>");
  for (const std::string& part : passage_parts(folder, "basis"))
    head.right.text(part + " ");
  head.right.raw("</p>");
  return head_html(folder, head);
}

Panel corpus_method_panel(const ResultFolder& folder) {
  const auto& manifest = value_at(folder.results, "/manifest");
  Method method{.command = "excise run experiment.toml --out again"};
  method.experiment =
      experiment_toml(folder, "excise.corpus-experiment/1") +
      "# and where the texts are: in the folder's own experiment.toml\n";
  method.caveat.raw(
      "The tests speak of texts like these, and of no others; texts that share "
      "an author or a source are not independent unless that is the unit.");
  method.facts = {
      {"texts fingerprint", value_at(manifest, "/texts_fingerprint")},
      {"window", value_at(manifest, "/window")},
      {"instructions", value_at(manifest, "/instructions")}};
  return method_panel(folder, method);
}

Result<std::vector<Panel>> corpus_panels(const ResultFolder& folder) {
  std::vector<Panel> panels = {corpus_layers_panel(folder),
                               corpus_units_panel(folder)};
  if (auto groups = corpus_groups_panel(folder))
    panels.push_back(std::move(*groups));
  panels.push_back(controls_panel(folder));
  if (!value_at(folder.layer_entry(0), "/parts").is_null())
    panels.push_back(parts_panel(folder));
  if (!value_at(folder.layer_entry(0), "/variants").is_null())
    panels.push_back(variants_panel(folder));
  panels.push_back(scan_panel(folder));
  if (auto sets = together_panel(folder)) panels.push_back(std::move(*sets));
  panels.push_back(corpus_method_panel(folder));
  return panels;
}

size_t first_row(const ResultFolder& folder) {
  return largest(folder.by_layer("/default_n/mean")).value_or(0);
}

}  // namespace

const ResultKind& corpus_kind() {
  static const ResultKind kKind = {.schema = "excise.corpus/1",
                                   .read = &read_corpus_result,
                                   .head = &corpus_head,
                                   .main_figure = &main_figure,
                                   .panels = &corpus_panels,
                                   .first_row = &first_row};
  return kKind;
}

}  // namespace excise
