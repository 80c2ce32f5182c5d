#include "experiment/sweep/spec_values.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/backward_range.h"
#include "run/edit_place.h"

namespace excise {

TomlTexts texts_value(Spec& spec) {
  const auto write = [&spec] {
    std::vector<std::string> texts = spec.further_texts;
    if (!spec.text.empty()) texts.insert(texts.begin(), spec.text);
    return texts;
  };
  const auto read = [&spec](const std::vector<std::string>& texts) {
    if (texts.empty() || std::ranges::find(texts, "") != texts.end())
      return "a text that is not empty, or a list of such texts";
    spec.text = texts.front();
    spec.further_texts.assign(texts.begin() + 1, texts.end());
    return "";
  };
  return {write, read};
}

TomlNumbersOrText remove_value(Spec& spec) {
  using Components = std::variant<std::vector<uint64_t>, std::string>;
  const auto write = [&spec]() -> Components {
    if (spec.scan) return scan_text(*spec.scan);
    return spec.remove;
  };
  const auto read = [&spec](const Components& removed) -> std::string {
    if (const auto* list = std::get_if<std::vector<uint64_t>>(&removed)) {
      spec.remove = *list;
      return "";
    }
    const std::string_view text = std::get<std::string>(removed);
    const Status parsed = parse_remove(text, "remove", spec);
    if (parsed) return "";
    if (!backward_range(text.substr(text.find(':') + 1)).empty())
      return "ranges from the lower component on, such as 3-5";
    if (parsed.error().message.ends_with(" twice"))
      return "each component once";
    return "a list of integers, or a scan of at least two: each:0-15 or "
           "cumulative:0-15";
  };
  return {write, read};
}

Status take_hook(std::string_view name, Spec& spec) {
  const NamedHook named = EXCISE_TRY(parse_edit_place(name));
  spec.hook = named.point;
  spec.hook_layer = named.layer;
  return {};
}

TomlText hook_value(Spec& spec) {
  return {[&spec] { return edit_place_name(spec.hook); },
          [&spec](const std::string& name) -> std::string {
            return take_hook(name, spec) ? "" : edit_places(name);
          }};
}

CellsValues cells_values(Spec& spec) {
  // Which of the two was read.
  const auto named = std::make_shared<std::string_view>();
  const auto take = [&spec, named](std::string_view key, Cells cells) {
    if (!named->empty() && *named != key)
      return "cells alone, which took the place of empty_branch";
    *named = key;
    spec.cells = cells;
    return "";
  };
  return {.cells = {[&spec] { return std::string(cells_name(spec.cells)); },
                    [take](const std::string& name) -> std::string {
                      const auto cells = parse_cells(name);
                      return cells ? take("cells", *cells) : "all or preset";
                    }},
          .empty_branch = {[&spec] { return spec.cells == Cells::kAll; },
                           [take](bool all) {
                             return take("empty_branch",
                                         all ? Cells::kAll : Cells::kPreset);
                           }}};
}

TomlText variants_value(std::vector<VariantSet>& sets) {
  return {[&sets] { return variants_text(sets); },
          [&sets](const std::string& text) -> std::string {
            const auto parsed = parse_variants(text);
            if (!parsed) return kVariantsExpected;
            sets = *parsed;
            return "";
          }};
}

TomlCounts controls_value(std::vector<ControlRequest>& requests) {
  using Counts = std::vector<std::pair<std::string, uint64_t>>;
  const auto write = [&requests] {
    Counts counts;
    for (const auto& [control, repeats] : requests)
      counts.emplace_back(control_name(control), repeats);
    return counts;
  };
  const auto read = [&requests](const Counts& counts) {
    requests.clear();
    for (const auto& [name, repeats] : counts) {
      const auto control = parse_control(name);
      if (!control)
        return "random-rank, norm-matched, neuron-shuffle or elsewhere";
      requests.push_back({*control, repeats});
    }
    // A table has no order; that of the program makes repeated runs equal.
    std::ranges::sort(requests, {}, &ControlRequest::control);
    return "";
  };
  return {write, read};
}

}  // namespace excise
