#include "experiment/concept/concept_choice.h"

#include <cmath>

namespace excise {

double wanted_sign(ConceptSwitch way) {
  return way == ConceptSwitch::kOff ? 1 : -1;
}

std::string_view choice_rule_name(ChoiceRule rule) {
  switch (rule) {
    case ChoiceRule::kWithinBound:
      return "within_bound";
    case ChoiceRule::kLeastDamage:
      return "least_damage";
    case ChoiceRule::kNothingKnown:
      return "nothing_known";
  }
  return "";
}

ConceptChoice choose_cell(std::span<const LayerConcept> layers,
                          ConceptSwitch way, double max_damage) {
  ConceptChoice strongest, strongest_within, least;
  double most = -HUGE_VAL, most_within = -HUGE_VAL, least_damage = HUGE_VAL;
  size_t tried = 0, within = 0;
  for (size_t l = 0; l < layers.size(); ++l) {
    for (size_t c = 0; c < layers[l].cells.size(); ++c) {
      const ConceptCell& cell = layers[l].cells[c];
      if (cell.way != way) continue;
      // A choice without a number is still one of this switch.
      if (tried++ == 0) strongest = strongest_within = least = {l, c};
      const double own = wanted_sign(way) * cell.choose.own_words.mean;
      if (!std::isfinite(own)) continue;
      const double damage = cell.choose.control_text.most_change();
      if (own > most) {
        most = own;
        strongest = {l, c};
      }
      if (damage < least_damage) {
        least_damage = damage;
        least = {l, c};
      }
      if (damage > max_damage) continue;
      ++within;
      if (own > most_within) {
        most_within = own;
        strongest_within = {l, c};
      }
    }
  }
  ConceptChoice choice = strongest;
  choice.rule = ChoiceRule::kNothingKnown;
  if (within > 0) {
    choice = strongest_within;
  } else if (least_damage < HUGE_VAL) {
    choice = least;
    choice.rule = ChoiceRule::kLeastDamage;
  }
  choice.tried = tried;
  choice.within = within;
  return choice;
}

}  // namespace excise
