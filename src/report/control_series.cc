#include "report/control_series.h"

#include <algorithm>
#include <array>

#include "report/panel_parts.h"

namespace excise {
namespace {

struct Known {
  const char* key;
  const char* name;
  bool null;
  Hue hue;
};

constexpr std::array<Known, 4> kKnown = {
    {{"norm-matched", "random changes of the same size", true, Hue::kFourth},
     {"random-rank", "random directions", true, Hue::kControl},
     {"elsewhere", "random directions at other places", true, Hue::kNet},
     {"neuron-shuffle", "shuffled neurons", false, Hue::kFifth}}};

struct Place {
  const char* branch;  // of a layer's entry
  const char* id;
  const char* words;
};

bool was_drawn(const ResultFolder& folder, const std::string& pointer) {
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& means =
        value_at(folder.layer_entry(row), (pointer + "/mean").c_str());
    if (means.is_array() && !means.empty()) return true;
  }
  return false;
}

}  // namespace

std::string control_words(std::string_view key) {
  for (const Known& known : kKnown)
    if (key == known.key) return known.name;
  return std::string(key);
}

std::vector<ShownControl> shown_controls(const ResultFolder& folder,
                                         bool over_texts) {
  const bool both =
      value_at(folder.layer_entry(0), "/removed_branch").is_object();
  std::vector<Place> places = {
      {"", "", both ? ", whole edit" : ""},
      {"/removed_branch", "-removed", ", removed alone"}};
  if (over_texts) places = {{"/over_texts", "-texts", ""}};
  std::vector<ShownControl> controls;
  for (const Place& place : places) {
    for (const Known& known : kKnown) {
      const std::string branch = place.branch;
      const std::string pointer = branch + "/controls/" + known.key;
      if (!was_drawn(folder, pointer)) continue;
      controls.push_back(
          {.id = std::string(known.key) + place.id,
           .name = std::string(known.name) + place.words,
           .pointer = pointer,
           .effect = branch + (over_texts ? "/mean" : "/default_n/mean"),
           .null = known.null,
           .hue = known.hue});
    }
  }
  return controls;
}

std::vector<double> draws_of(const ResultFolder& folder, size_t row,
                             const ShownControl& control) {
  std::vector<double> values;
  const auto& means =
      value_at(folder.layer_entry(row), (control.pointer + "/mean").c_str());
  if (!means.is_array()) return values;
  for (const auto& mean : means) {
    if (mean.is_number()) values.push_back(mean.get<double>());
  }
  return values;
}

Series control_band(const ResultFolder& folder, const ShownControl& control) {
  Series band{.name = "95 % of " + control.name,
              .mark = Mark::kBand,
              .hue = control.hue};
  band.x = layer_places(folder);
  for (size_t row = 0; row < folder.layers.size(); ++row)
    add_to_band(draws_of(folder, row, control), band);
  return band;
}

std::vector<bool> beyond(const ResultFolder& folder,
                         const ShownControl& control) {
  std::vector<bool> filled;
  bool any = false;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const std::string standing = text_at(
        folder.layer_entry(row), (control.pointer + "/standing").c_str());
    any |= !standing.empty();
    filled.push_back(standing == "worse" || standing == "less harmful");
  }
  return any ? filled : std::vector<bool>();
}

bool of_another_control(const ResultFolder& folder,
                        const std::string& sentence) {
  const auto drawn = shown_controls(folder, has_over_texts(folder));
  const auto name = [](const ShownControl& control) {
    return control.pointer.substr(control.pointer.rfind('/') + 1);
  };
  return std::ranges::any_of(drawn, [&](const ShownControl& control) {
    return name(control) != name(drawn.front()) &&
           sentence.find("(" + name(control) + ")") != std::string::npos;
  });
}

}  // namespace excise
