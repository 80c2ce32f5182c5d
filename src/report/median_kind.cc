#include <algorithm>
#include <string>
#include <vector>

#include "report/head_parts.h"
#include "report/median_panels.h"
#include "report/method_panel.h"
#include "report/panel_parts.h"
#include "report/result_kind.h"
#include "report/result_reader.h"

namespace excise {
namespace {

Status read_median(const std::filesystem::path& path, ResultFolder& folder) {
  EXCISE_CHECK(read_tokens(path / "results.json", folder));
  const auto file = path / "arrays.safetensors";
  folder.file = EXCISE_TRY(TensorFile::open(file));
  EXCISE_CHECK(check_ids_array(file, folder));
  EXCISE_CHECK(read_arrays(file, {{"percent", {std::nullopt}, true}}, folder));
  const size_t layers = folder.layers.size();
  const size_t shares = folder.array("percent")->cols();
  constexpr size_t kMostShares = 1000;  // that excise median takes
  if (shares == 0 || shares > kMostShares) {
    return bad_result(file, "percent",
                      "1 to " + std::to_string(kMostShares) + " numbers",
                      std::to_string(shares));
  }
  return read_arrays(file,
                     {{"count", {shares}, true},
                      {"delta_logprob", {layers, shares}, true},
                      {"delta_logit", {layers, shares}},
                      {"kl", {layers, shares}},
                      {"top1_changed", {layers, shares}},
                      {"delta_logprob_random", {layers, shares, std::nullopt}}},
                     folder);
}

Panel median_method_panel(const ResultFolder& folder) {
  const auto& manifest = value_at(folder.results, "/manifest");
  Method method{.command = "excise run experiment.toml --out again"};
  method.experiment = experiment_toml(folder, "excise.median-experiment/1");
  method.caveat.raw(
      "All of it is about one target after one prompt: it says nothing about "
      "other ones.");
  method.facts = {{"tokens", folder.n_tokens()},
                  {"target", value_at(folder.results, "/target/id")},
                  {"passes", value_at(manifest, "/passes")}};
  return method_panel(folder, method);
}

Result<std::vector<Panel>> median_panels(const ResultFolder& folder) {
  return std::vector<Panel>{median_effect_panel(folder),
                            median_control_panel(folder),
                            median_method_panel(folder)};
}

size_t first_row(const ResultFolder& folder) {
  const auto cell = largest_cell(folder);
  return cell ? cell->row : 0;
}

}  // namespace

std::optional<MedianPlace> largest_cell(const ResultFolder& folder) {
  const Matrix<double>& effect = *folder.array("delta_logprob");
  const auto best = largest(flat(effect));
  if (!best) return std::nullopt;
  return MedianPlace{*best / effect.cols(), *best % effect.cols()};
}

std::vector<size_t> shown_shares(const ResultFolder& folder) {
  constexpr size_t kMost = 12;
  const size_t shares = folder.array("percent")->cols();
  const size_t shown = std::min(shares, kMost);
  std::vector<size_t> columns;
  for (size_t i = 0; i < shown; ++i) {
    columns.push_back(shown < 2 ? 0 : i * (shares - 1) / (shown - 1));
  }
  const auto best = largest_cell(folder);
  if (best &&
      std::find(columns.begin(), columns.end(), best->col) == columns.end()) {
    columns.push_back(best->col);
    std::sort(columns.begin(), columns.end());
  }
  return columns;
}

std::string share_text(const ResultFolder& folder, size_t col) {
  return number_text(folder.array("percent")->row(0)[col], 4) + " %";
}

std::string replacement_text(const ResultFolder& folder) {
  const std::string name = text_at(spec_of(folder), "/replace_with");
  return name == "zero" ? "0" : "their " + (name.empty() ? "median" : name);
}

std::string target_text(const ResultFolder& folder) {
  const std::string piece = text_at(folder.results, "/target/piece");
  return piece.empty()
             ? "token " +
                   number_text(number_at(folder.results, "/target/id"), 9)
             : "\u201C" + token_label(piece, 24) + "\u201D";
}

const ResultKind& median_kind() {
  static const ResultKind kKind = {.schema = "excise.median/2",
                                   .older_schema = "excise.median/1",
                                   .read = &read_median,
                                   .head = &median_head,
                                   .main_figure = &median_main_figure,
                                   .panels = &median_panels,
                                   .first_row = &first_row};
  return kKind;
}

}  // namespace excise
