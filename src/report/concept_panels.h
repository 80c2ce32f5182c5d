// The panels of a concept, in their order on the page.
#ifndef EXCISE_REPORT_CONCEPT_PANELS_H_
#define EXCISE_REPORT_CONCEPT_PANELS_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

// Which layer and strength was chosen, and whether that held.
Panel concept_choice_panel(const ResultFolder& folder);
// What the switches do to the concept's words, to others, to a control text.
Panel concept_effect_panel(const ResultFolder& folder);
// Beside random directions of the same size.
Panel concept_chance_panel(const ResultFolder& folder);
// The linear probe, before and after.
Panel concept_probe_panel(const ResultFolder& folder);
// Continuations side by side.
Panel concept_samples_panel(const ResultFolder& folder);

// What stands in the head: the same by layer, at the chosen strength; none
// where the result has no cells.
std::optional<Slot> concept_main_figure(const ResultFolder& folder);

Html concept_head(const ResultFolder& folder);

// A concept switched off, or on.
struct ConceptWay {
  std::string name;  // "off", "on": as results call it
  std::string does;  // "switched off"
  double sign = 1;   // of the wanted change of the concept's own words
};
const std::array<ConceptWay, 2>& concept_ways();

// "him-her" in quotation marks.
std::string concept_name(const ResultFolder& folder);

// The strengths that were tried, in their order.
std::vector<double> concept_alphas(const ResultFolder& folder);

// The number there; "/0" and "/1" at the end are the ends of an interval. NaN
// where there is none.
double concept_number(const nlohmann::json& document,
                      const std::string& pointer);

// One number of every cell, [n, strengths]; NaN where there is none. pointer:
// in a cell, such as "/report/own_words" or "/report/own_words_ci95/0".
Matrix<double> concept_grid(const ResultFolder& folder, const ConceptWay& way,
                            const std::string& pointer);

// Whether it was written before intervals and the bound on damage: chosen by
// another rule, and its probe is always of alpha 1.
bool is_older_concept(const ResultFolder& folder);

// The chosen cell: what results say of it, and its place in a grid; no place
// where it is none of the cells.
struct ConceptChoice {
  double layer = 0, alpha = 0;
  double own_words = 0;  // nats
  bool placed = false;
  size_t row = 0, col = 0;
};
ConceptChoice concept_choice(const ResultFolder& folder, const ConceptWay& way);

// A sentence that the results state of this switch: "choice", "effect", "cost",
// "chance" or "removal"; empty where there is none.
std::string concept_sentence(const ResultFolder& folder, const ConceptWay& way,
                             const char* name);

// "1.53 times less likely", of a change of log-probability in nats.
std::string times_text(double nats);

}  // namespace excise

#endif  // EXCISE_REPORT_CONCEPT_PANELS_H_
