#include <optional>
#include <string>
#include <utility>

#include "report/over_texts_view.h"
#include "report/panel_parts.h"
#include "report/result_kind.h"
#include "report/result_reader.h"
#include "report/sweep_panels.h"

namespace excise {
namespace {

std::vector<ExpectedArray> expected_arrays(size_t layers, size_t positions,
                                           size_t states) {
  const std::optional<size_t> any;
  const size_t pairs = positions - 1;
  std::vector<ExpectedArray> list = {{"logprob_clean", {positions}},
                                     {"singular_values", {layers, any}},
                                     {"u0", {layers, positions}},
                                     {"v0", {layers, any}},
                                     {"cov_before", {positions, positions}},
                                     {"cov_after", {positions, positions}},
                                     {"eig_before", {positions}},
                                     {"eig_after", {positions}},
                                     {"cos_clean", {pairs, pairs}},
                                     {"cos_edited", {pairs, pairs}},
                                     {"scan_mean", {layers, any}},
                                     {"scan_t", {layers, any}},
                                     {"scan_q", {layers, any}},
                                     {"scan_share", {layers, any}}};
  for (const char* suffix : {"", "_removed", "_empty"}) {
    const bool required = suffix[0] == '\0';
    list.push_back(
        {std::string("delta_logprob") + suffix, {layers, positions}, required});
    list.push_back({std::string("drift") + suffix, {layers, states}, required});
    for (const char* name : {"delta_logit", "kl"}) {
      list.push_back({std::string(name) + suffix, {layers, positions}});
    }
    list.push_back({std::string("drift_resid_final") + suffix, {layers}});
  }
  return list;
}

Status read_sweep(const std::filesystem::path& path, ResultFolder& folder) {
  EXCISE_CHECK(read_tokens(path / "results.json", folder));
  const auto file = path / "arrays.safetensors";
  folder.file = EXCISE_TRY(TensorFile::open(file));
  EXCISE_CHECK(check_ids_array(file, folder));
  EXCISE_CHECK(
      read_arrays(file, {{"state_norm", {std::nullopt}, true}}, folder));
  folder.n_states = folder.array("state_norm")->cols();
  if (folder.n_states < folder.layers.back() + 2) {
    return bad_result(file, "state_norm",
                      "a number for each state of the model",
                      std::to_string(folder.n_states) + " numbers");
  }
  return read_arrays(
      file,
      expected_arrays(folder.layers.size(), folder.n_tokens(), folder.n_states),
      folder);
}

// The panel of all texts, where there is what it shows.
Panel of_texts_or_one(const ResultFolder& folder, const char* key,
                      Panel (*panel_of)(const ResultFolder&)) {
  if (!is_over_texts(folder, key)) return panel_of(folder);
  Panel panel = panel_of(over_texts_view(folder));
  Html note;
  note.raw("<p class=\"note\">Over the texts, each counted once.</p>");
  panel.before = note.add(panel.before);
  return panel;
}

// Of several texts the other panels show one.
void say_first_text(const ResultFolder& folder, std::vector<Panel>& panels) {
  for (Panel& panel : panels) {
    if ((panel.id == "parts" || panel.id == "variants") &&
        is_over_texts(folder, panel.id.c_str()))
      continue;
    if (panel.id == "texts" || panel.id == "method" || panel.id == "checklist")
      continue;
    Html note;
    note.raw("<p class=\"note\">Of the first text alone.</p>");
    panel.before = note.add(panel.before);
  }
}

Result<std::vector<Panel>> sweep_panels(const ResultFolder& folder) {
  std::vector<Panel> panels;
  if (auto texts = texts_panel(folder)) panels.push_back(std::move(*texts));
  panels.push_back(layers_panel(folder));
  if (auto cells = cells_panel(folder)) panels.push_back(std::move(*cells));
  panels.push_back(controls_panel(folder));
  panels.push_back(of_texts_or_one(folder, "parts", parts_panel));
  panels.push_back(of_texts_or_one(folder, "variants", variants_panel));
  panels.push_back(constant_panel(folder));
  panels.push_back(scan_panel(folder));
  if (auto sets = together_panel(folder)) panels.push_back(std::move(*sets));
  panels.push_back(drift_panel(folder));
  panels.push_back(tokens_panel(folder));
  panels.push_back(EXCISE_TRY(inside_panel(folder)));
  panels.push_back(direction_panel(folder));
  if (auto list = checklist_panel(folder)) panels.push_back(std::move(*list));
  panels.push_back(sweep_method_panel(folder));
  if (has_over_texts(folder)) say_first_text(folder, panels);
  return panels;
}

// The largest mean effect.
size_t first_row(const ResultFolder& folder) {
  return largest(folder.by_layer("/default_n/mean")).value_or(0);
}

}  // namespace

const ResultKind& sweep_kind() {
  static const ResultKind kKind = {.schema = "excise.results/2",
                                   .older_schema = "excise.results/1",
                                   .read = &read_sweep,
                                   .head = &sweep_head,
                                   .main_figure = &main_figure,
                                   .panels = &sweep_panels,
                                   .first_row = &first_row,
                                   .sweeps_a_text = true};
  return kKind;
}

}  // namespace excise
