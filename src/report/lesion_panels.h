// The panels of t-lesions, in their order on the page.
#ifndef EXCISE_REPORT_LESION_PANELS_H_
#define EXCISE_REPORT_LESION_PANELS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "report/panel.h"
#include "report/result_folder.h"

namespace excise {

// The laminar profile: neurons and changes by layer.
Panel lesion_profile_panel(const ResultFolder& folder);
// What stands in the head: each group's own loss beside random groups.
std::optional<Slot> lesion_main_figure(const ResultFolder& folder);
// The groups beside random ones of their size.
Panel lesion_control_panel(const ResultFolder& folder);
// Every place that was lesioned, and what it did there.
Panel lesion_tests_panel(const ResultFolder& folder);
// The neurons' t at the chosen layer.
Panel lesion_neurons_panel(const ResultFolder& folder);

Html lesion_head(const ResultFolder& folder);

// The neurons of one word, and what zeroing them did.
struct LesionGroup {
  size_t index = 0;         // 0 the first word, 1 the second
  std::string word, other;  // in quotation marks
  std::string key;          // JSON pointer of its entry in a layer
  Hue hue = Hue::kRemoval;  // of its word, in every figure
};
std::array<LesionGroup, 2> lesion_groups(const ResultFolder& folder);

// At this key of the group's entry, for each layer.
std::vector<double> by_layer(const ResultFolder& folder,
                             const LesionGroup& group, const char* key);

// How many places were tested.
size_t count_tests(const ResultFolder& folder);
// The sentence up to the lesioned token, which is marked, and the next word.
Html test_html(const nlohmann::json& test);

}  // namespace excise

#endif  // EXCISE_REPORT_LESION_PANELS_H_
