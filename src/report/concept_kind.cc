#include <cmath>

#include "report/concept_panels.h"
#include "report/head_parts.h"
#include "report/method_panel.h"
#include "report/panel_parts.h"
#include "report/result_kind.h"

namespace excise {
namespace {

constexpr std::string_view kOlderSchema = "excise.concept-results/1";

// All of it is in results.json.
Status read_concept(const std::filesystem::path&, ResultFolder&) { return {}; }

Panel concept_method_panel(const ResultFolder& folder) {
  const auto& manifest = value_at(folder.results, "/manifest");
  Method method{.command = "excise run experiment.toml --out again"};
  method.experiment =
      experiment_toml(folder, "excise.concept-experiment/1", {"fitted"}) +
      "# and the concept's texts and words: in the folder's own "
      "experiment.toml\n";
  method.caveat.raw(
      "A few texts stand for the concept: the figures hold for texts like "
      "them. Layer and strength are chosen on some texts and one part of the "
      "control text, and reported on others. Intervals are over the few texts "
      "that report (Student t), and over the tokens of one part of the "
      "control text, which are not independent of each other.");
  method.facts = {{"tokens fitted on", value_at(manifest, "/n_tokens")},
                  {"method", value_at(manifest, "/spec/method")},
                  {"edited at", value_at(manifest, "/spec/hook")}};
  return method_panel(folder, method);
}

Result<std::vector<Panel>> concept_panels(const ResultFolder& folder) {
  return std::vector<Panel>{
      concept_choice_panel(folder),  concept_effect_panel(folder),
      concept_chance_panel(folder),  concept_probe_panel(folder),
      concept_samples_panel(folder), concept_method_panel(folder)};
}

size_t first_row(const ResultFolder& folder) {
  return concept_choice(folder, concept_ways().front()).row;
}

// The cells of a layer that switch this way, in their order.
std::vector<const nlohmann::json*> cells_of(const nlohmann::json& layer,
                                            const ConceptWay& way) {
  std::vector<const nlohmann::json*> found;
  const auto& cells = value_at(layer, "/cells");
  if (!cells.is_array()) return found;
  for (const auto& cell : cells) {
    if (text_at(cell, "/switch") == way.name) found.push_back(&cell);
  }
  return found;
}

}  // namespace

const std::array<ConceptWay, 2>& concept_ways() {
  static const std::array<ConceptWay, 2> kWays = {
      {{"off", "switched off", 1}, {"on", "switched on", -1}}};
  return kWays;
}

std::string concept_name(const ResultFolder& folder) {
  return "\u201C" + token_label(text_at(folder.results, "/name"), 40) +
         "\u201D";
}

std::vector<double> concept_alphas(const ResultFolder& folder) {
  std::vector<double> alphas;
  for (const auto* cell :
       cells_of(folder.layer_entry(0), concept_ways().front())) {
    alphas.push_back(number_at(*cell, "/alpha"));
  }
  return alphas;
}

double concept_number(const nlohmann::json& document,
                      const std::string& pointer) {
  if (!pointer.ends_with("/0") && !pointer.ends_with("/1")) {
    return number_at(document, pointer.c_str());
  }
  const std::string whole = pointer.substr(0, pointer.size() - 2);
  const auto& interval = value_at(document, whole.c_str());
  if (!interval.is_array() || interval.size() != 2) return NAN;
  const auto& end = interval[pointer.back() == '0' ? 0 : 1];
  return end.is_number() ? end.get<double>() : NAN;
}

Matrix<double> concept_grid(const ResultFolder& folder, const ConceptWay& way,
                            const std::string& pointer) {
  const size_t strengths = concept_alphas(folder).size();
  Matrix<double> grid(folder.layers.size(), strengths);
  for (double& value : grid.values()) value = NAN;
  for (size_t row = 0; row < grid.rows(); ++row) {
    const auto cells = cells_of(folder.layer_entry(row), way);
    for (size_t j = 0; j < std::min(strengths, cells.size()); ++j) {
      grid.row(row)[j] = concept_number(*cells[j], pointer);
    }
  }
  return grid;
}

ConceptChoice concept_choice(const ResultFolder& folder,
                             const ConceptWay& way) {
  const auto& chosen = value_at(folder.results, ("/" + way.name).c_str());
  ConceptChoice choice{.layer = number_at(chosen, "/layer"),
                       .alpha = number_at(chosen, "/alpha"),
                       .own_words = number_at(chosen, "/report/own_words")};
  const auto alphas = concept_alphas(folder);
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    for (size_t col = 0; col < alphas.size(); ++col) {
      if (static_cast<double>(folder.layers[row]) == choice.layer &&
          alphas[col] == choice.alpha) {
        choice.placed = true;
        choice.row = row;
        choice.col = col;
      }
    }
  }
  return choice;
}

bool is_older_concept(const ResultFolder& folder) {
  return text_at(folder.results, "/schema") == kOlderSchema;
}

std::string concept_sentence(const ResultFolder& folder, const ConceptWay& way,
                             const char* name) {
  return text_at(folder.results,
                 ("/" + way.name + "/sentences/" + name).c_str());
}

std::string times_text(double nats) {
  if (std::isnan(nats)) return "\u2013 times as likely";
  return number_text(std::exp(std::abs(nats))) +
         (nats >= 0 ? " times less likely" : " times more likely");
}

const ResultKind& concept_kind() {
  static const ResultKind kKind = {.schema = "excise.concept-results/2",
                                   .older_schema = kOlderSchema,
                                   .read = &read_concept,
                                   .head = &concept_head,
                                   .main_figure = &concept_main_figure,
                                   .panels = &concept_panels,
                                   .first_row = &first_row};
  return kKind;
}

}  // namespace excise
