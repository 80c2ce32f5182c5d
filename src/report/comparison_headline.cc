#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

#include "report/comparison_parts.h"
#include "report/control_series.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

using nlohmann::json;

// One effect of a sweep, where its counts are and where its tests.
struct Effect {
  const char* counts;  // in results.json
  const char* test;    // in an entry of layers
  const char* name;
};

constexpr std::array<Effect, 4> kEffects = {
    {{"/headline/over_texts", "/over_texts", "over texts"},
     {"/headline", "/default_n", "whole edit"},
     {"/headline/removed", "/removed_branch/default_n", "removed alone"},
     {"/headline/empty", "/empty_branch/default_n", "mean alone"}}};

bool has(const ResultFolder& folder, const Effect& effect) {
  return value_at(folder.layer_entry(0), effect.test).is_object();
}

// "3 of 12: 0, 4 and 7".
std::string counted(const ResultFolder& folder, const Effect& effect,
                    const char* key) {
  const std::string pointer = std::string(effect.counts) + key;
  if (!value_at(folder.results, pointer.c_str()).is_array()) return "–";
  const auto layers = numbers_at(folder.results, pointer.c_str());
  return fmt::format("{} of {}{}", layers.size(),
                     count_text(folder.layers.size(), "layer"),
                     layers.empty() ? "" : ": " + ranges_text(layers));
}

// The row of the largest mean effect.
std::optional<size_t> largest_row(const ResultFolder& folder,
                                  const Effect& effect) {
  return largest(folder.by_layer((std::string(effect.test) + "/mean").c_str()));
}

std::string largest_mean(const ResultFolder& folder, const Effect& effect) {
  const auto row = largest_row(folder, effect);
  if (!row) return "–";
  const json& test = value_at(folder.layer_entry(*row), effect.test);
  std::string text =
      fmt::format("layer {}: {} nats a token", folder.layers[*row],
                  signed_text(number_at(test, "/mean")));
  const double low = interval_end(test, "/ci95", 0);
  const double high = interval_end(test, "/ci95", 1);
  if (!std::isnan(low))
    text +=
        fmt::format(" (95 % {} to {})", number_text(low), number_text(high));
  return text;
}

// "40 draws: above nearly all in 2 layers (0 and 11), below nearly all in 1
// (4), within in 9; max statistic over layers p = 0.02".
std::string verdicts(const json& control) {
  if (!value_at(control, "/layers_worse").is_array()) return "–";
  const auto worse = numbers_at(control, "/layers_worse");
  const auto less = numbers_at(control, "/layers_less_harmful");
  const auto named = [](const std::vector<size_t>& layers) {
    return layers.empty() ? "" : " (" + ranges_text(layers) + ")";
  };
  const auto within = numbers_at(control, "/layers_within");
  const double repeats = number_at(control, "/repeats");
  const double p = number_at(control, "/p_max");
  std::string text = "no layer can be told";
  if (!worse.empty() || !less.empty() || !within.empty()) {
    text = fmt::format(
        "above nearly all in {}{}, below nearly all in {}{}, within in {}",
        count_text(worse.size(), "layer"), named(worse), less.size(),
        named(less), within.size());
  }
  if (!std::isnan(repeats)) text = number_text(repeats, 9) + " draws: " + text;
  if (!std::isnan(p))
    text += "; max statistic over layers p = " + number_text(p, 2);
  return text;
}

void add(const std::vector<Compared>& results, std::string name,
         const std::function<std::string(const ResultFolder&)>& cell_of,
         std::vector<ComparedRow>& rows) {
  ComparedRow row{std::move(name), {}};
  for (const Compared& result : results)
    row.cells.push_back(cell_of(result.folder));
  const bool told = std::ranges::any_of(
      row.cells, [](const std::string& cell) { return cell != "–"; });
  if (told) rows.push_back(std::move(row));
}

// "q < 0.05"; of results that differ in it each limit once.
std::string limit_text(const std::vector<Compared>& results) {
  std::set<double> limits;
  for (const Compared& result : results)
    limits.insert(significance(result.folder));
  return fmt::format("q < {}", fmt::join(limits, " or "));
}

void add_effect(const std::vector<Compared>& results, const Effect& effect,
                const std::string& name, std::vector<ComparedRow>& rows) {
  const auto of = [&](auto cell_of) {
    return [&effect, cell_of](const ResultFolder& folder) -> std::string {
      return has(folder, effect) ? cell_of(folder) : "–";
    };
  };
  const std::string limit = limit_text(results);
  add(results, name + ": hurts at " + limit,
      of([&](const ResultFolder& folder) {
        return counted(folder, effect, "/layers_hurt");
      }),
      rows);
  add(results, name + ": helps at " + limit,
      of([&](const ResultFolder& folder) {
        return counted(folder, effect, "/layers_helped");
      }),
      rows);
  add(results, name + ": largest mean", of([&](const ResultFolder& folder) {
        return largest_mean(folder, effect);
      }),
      rows);
  for (const char* control : {"norm-matched", "random-rank"}) {
    const std::string pointer =
        std::string(effect.counts) + "/controls/" + control;
    add(results, name + ": beside " + control_words(control),
        of([&](const ResultFolder& folder) {
          return verdicts(value_at(folder.results, pointer.c_str()));
        }),
        rows);
  }
}

// Over texts where there are several.
const Effect& first_effect(const ResultFolder& folder) {
  return has_over_texts(folder) ? kEffects[0] : kEffects[1];
}

}  // namespace

std::vector<ComparedRow> headline_rows(const std::vector<Compared>& results) {
  const auto any = [&](const Effect& effect) {
    return std::ranges::any_of(results, [&](const Compared& result) {
      return has(result.folder, effect);
    });
  };
  const bool texts = any(kEffects[0]), cells = any(kEffects[2]);
  std::vector<ComparedRow> rows;
  for (const Effect& effect : kEffects) {
    if (!any(effect)) continue;
    std::string name = effect.name;
    if (&effect == &kEffects[1] && !cells)
      name = edit_noun(results.front().folder);
    if (texts && &effect != &kEffects[0]) name += ", first text";
    add_effect(results, effect, name, rows);
  }
  return rows;
}

std::string headline_reading(const std::vector<Compared>& results) {
  std::string text;
  for (const Compared& result : results) {
    const ResultFolder& folder = result.folder;
    const Effect& effect = first_effect(folder);
    const bool over_texts = &effect == &kEffects[0];
    const auto layers = [&](const char* key) {
      return numbers_at(folder.results,
                        (std::string(effect.counts) + key).c_str());
    };
    const auto named = [](const std::vector<size_t>& some) {
      return some.empty() ? "" : " (" + ranges_text(some) + ")";
    };
    const auto hurt = layers("/layers_hurt"), helped = layers("/layers_helped");
    if (!text.empty()) text += "; ";
    text +=
        fmt::format("{}{} hurts in {} of {}{} at q < {} and helps in {}{}",
                    over_texts ? "over texts, " : "", result.name, hurt.size(),
                    count_text(folder.layers.size(), "layer"), named(hurt),
                    significance(folder), helped.size(), named(helped));
    const auto row = largest_row(folder, effect);
    if (!row || hurt.empty()) continue;
    const json& test = value_at(folder.layer_entry(*row), effect.test);
    text +=
        fmt::format(", the largest mean at layer {} ({} nats a token)",
                    folder.layers[*row], signed_text(number_at(test, "/mean")));
  }
  return text + ".";
}

}  // namespace excise
