#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "report/bent_axis.h"
#include "report/comparison_parts.h"
#include "report/paired_difference.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

constexpr double kLimit = kUsualLimit;  // of q

// {}: that limit.
constexpr const char kDefinition[] =
    "<p>The difference is the effect in the other result minus that in the "
    "first one. <em>Token by token</em> it is "
    "taken of each token that both results test (those behind the first edited "
    "token), where both are of the same tokens. <em>Text by text</em> it is "
    "taken of the mean effect of each text, where both are of the same several "
    "texts: each counts once. The mean of the differences has a 95&nbsp;% "
    "interval and a paired t against 0; q is corrected over the layers that "
    "both have (Benjamini–Hochberg), for each pair of results by itself. A "
    "layer is said to differ where q is below {}. Tokens of one text depend "
    "on each other, texts do not: only the test over texts speaks of texts "
    "like these. That none is found does not show that there is "
    "none.</p>";

// One test of one pair of results.
struct Tested {
  std::string name;  // of the other result
  Hue hue = Hue::kRemoval;
  PairedDifference by;
};

std::vector<size_t> layers_that(const PairedDifference& by, double sign) {
  std::vector<size_t> layers;
  for (const PairedLayer& layer : by.layers) {
    if (layer.q && *layer.q < kLimit && sign * *layer.test.mean > 0)
      layers.push_back(layer.layer);
  }
  return layers;
}

const PairedLayer* largest_difference(const PairedDifference& by) {
  const PairedLayer* best = nullptr;
  for (const PairedLayer& layer : by.layers) {
    if (!layer.test.mean) continue;
    if (best == nullptr ||
        std::abs(*layer.test.mean) > std::abs(*best->test.mean))
      best = &layer;
  }
  return best;
}

std::string in_layers(const std::vector<size_t>& layers) {
  return layers.empty()
             ? "0"
             : fmt::format("{} ({})", layers.size(), ranges_text(layers));
}

std::string largest_words(const PairedDifference& by) {
  const PairedLayer* layer = largest_difference(by);
  if (layer == nullptr) return "";
  const OneSampleT& test = layer->test;
  std::string text = fmt::format(
      "; the largest mean difference, {} nats a "
      "token",
      signed_text(*test.mean));
  if (test.ci_low && layer->q) {
    text +=
        fmt::format(" (95 % interval {} to {}, {})", number_text(*test.ci_low),
                    number_text(*test.ci_high), p_words("q", *layer->q, 2));
  }
  return text + fmt::format(", is at layer {}", layer->layer);
}

// Why layers have no test, each reason once.
std::string reasons(const std::vector<PairedLayer>& layers) {
  std::string text;
  for (const PairedLayer& layer : layers) {
    const std::string& reason = layer.test.reason;
    if (text.find(reason) == std::string::npos)
      text += (text.empty() ? "" : "; ") + reason;
  }
  return text;
}

// What one test says.
std::string outcome(const std::string& first, const Tested& one) {
  const auto& layers = one.by.layers;
  const auto equal = std::ranges::count_if(layers, &PairedLayer::equal);
  const auto untested = std::ranges::count_if(
      layers,
      [](const PairedLayer& layer) { return !layer.q && !layer.equal; });
  const auto all = static_cast<std::ptrdiff_t>(layers.size());
  if (equal == all) {
    return fmt::format("{} has exactly the effects of {} in {}", one.name,
                       first, count_text(layers.size(), "layer"));
  }
  std::string text;
  if (untested + equal == all) {
    text = fmt::format(
        "the difference of {} and {} can be tested in no layer ({})", one.name,
        first, reasons(layers));
    return text + largest_words(one.by);
  }
  const auto more = layers_that(one.by, 1), less = layers_that(one.by, -1);
  const std::string of = count_text(layers.size(), "layer");
  text =
      more.empty() && less.empty()
          ? fmt::format("{} differs from {} in 0 of {} at q < {}", one.name,
                        first, of, kLimit)
          : fmt::format(
                "of {}, the effect of {} is above that of {} in {} and below "
                "it in {}, at q < {}",
                of, one.name, first, in_layers(more), in_layers(less), kLimit);
  if (equal > 0) {
    text += fmt::format(" ({} {} exactly the same)", equal,
                        equal == 1 ? "is" : "are");
  }
  if (untested > 0) text += fmt::format(" ({} cannot be tested)", untested);
  return text + largest_words(one.by);
}

std::string no_test(const std::string& what, const std::string& first,
                    const Tested& one) {
  return fmt::format("{} and {} have no test of their difference {}: {}.",
                     first, one.name, what, one.by.reason);
}

std::string texts_sentence(const std::string& first, const Tested& one) {
  if (!one.by.reason.empty()) return no_test("text by text", first, one);
  return fmt::format(
      "Text by text ({}{}, each counted once), {}.",
      one.by.pairs == one.by.of ? "" : fmt::format("{} of ", one.by.pairs),
      count_text(one.by.of, "text"), outcome(first, one));
}

std::string tokens_sentence(const std::string& first, const Tested& one,
                            bool several_texts) {
  if (!one.by.reason.empty()) return no_test("token by token", first, one);
  return fmt::format(
      "Token by token ({} of {}), {}. Tokens of one text depend on each other, "
      "so this speaks of {} alone, and its q may be too small.",
      count_text(one.by.pairs, "token"),
      several_texts ? "the first text" : "the same text", outcome(first, one),
      several_texts ? "that text" : "this text");
}

Figure difference_figure(const std::vector<Tested>& all, const char* id,
                         const char* choice, const std::string& first) {
  Figure figure{
      .id = id,
      .title = fmt::format("Difference to {}, 95 % intervals; filled: q < {}",
                           first, kLimit),
      .choice = choice,
      .x = {.title = "edited layer", .whole_numbers = true},
      .y = {.title = "nats a token"}};
  figure.rules = {{0, false, ""}};
  std::vector<double> means;
  for (const Tested& one : all) {
    if (!one.by.reason.empty()) continue;
    Series series{
        .name = one.name, .mark = Mark::kLineAndPoints, .hue = one.hue};
    for (const PairedLayer& layer : one.by.layers) {
      series.x.push_back(static_cast<double>(layer.layer));
      series.y.push_back(layer.test.mean.value_or(NAN));
      series.low.push_back(layer.test.ci_low.value_or(NAN));
      series.high.push_back(layer.test.ci_high.value_or(NAN));
      series.labels.push_back("layer " + std::to_string(layer.layer));
      series.filled.push_back(layer.q && *layer.q < kLimit);
    }
    means.insert(means.end(), series.y.begin(), series.y.end());
    figure.series.push_back(std::move(series));
  }
  bend_where_dwarfed(means, figure);
  return figure;
}

void add_table(const std::string& first, const Tested& one,
               const std::string& by, Html& html) {
  if (!one.by.reason.empty()) return;
  Table table(fmt::format("{} − {}, {}, nats a token", one.name, first, by),
              "difference", {"layer", "mean", "95 % from", "to", "t", "p", "q"},
              "narrow");
  for (const PairedLayer& layer : one.by.layers) {
    const OneSampleT& test = layer.test;
    table.begin_row(std::to_string(layer.layer))
        .number(test.mean.value_or(NAN))
        .number(test.ci_low.value_or(NAN))
        .number(test.ci_high.value_or(NAN))
        .number(test.t.value_or(NAN))
        .number(test.p.value_or(NAN), 2)
        .number(layer.q.value_or(NAN), 2);
  }
  html.add(table.html());
}

bool any_tested(const std::vector<Tested>& all) {
  return std::ranges::any_of(
      all, [](const Tested& one) { return one.by.reason.empty(); });
}

}  // namespace

Panel difference_panel(const std::vector<Compared>& results) {
  const Compared& first = results.front();
  std::vector<Tested> texts, tokens;
  std::string reading;
  for (size_t i = 1; i < results.size(); ++i) {
    const Compared& other = results[i];
    const auto by_text = paired_by_text(first.folder, other.folder);
    if (!reading.empty()) reading += " ";
    if (by_text) {
      texts.push_back({other.name, compared_hue(i), *by_text});
      reading += texts_sentence(first.name, texts.back()) + " ";
    }
    tokens.push_back({other.name, compared_hue(i),
                      paired_by_token(first.folder, other.folder)});
    reading += tokens_sentence(first.name, tokens.back(), by_text.has_value());
    if (other_model(first.folder, other.folder) &&
        tokens.back().by.reason.empty()) {
      reading += fmt::format(
          " {} is of another model than {}: the difference is of models and "
          "edits together.",
          other.name, first.name);
    }
  }
  if (results.size() > 2 && (any_tested(texts) || any_tested(tokens)))
    reading += " Each q is of one pair of results by itself.";
  Panel panel{.id = "difference", .title = "Do they differ?"};
  panel.readings = {reading};
  panel.definition.raw(fmt::format(kDefinition, kLimit));
  Slot slot;
  if (any_tested(texts))
    slot.choices.push_back(difference_figure(texts, "compare-difference-texts",
                                             "text by text", first.name));
  if (any_tested(tokens))
    slot.choices.push_back(difference_figure(tokens, "compare-difference",
                                             "token by token", first.name));
  if (!slot.choices.empty()) panel.slots.push_back(std::move(slot));
  for (const Tested& one : texts)
    add_table(first.name, one, "text by text", panel.after);
  for (const Tested& one : tokens)
    add_table(first.name, one, "token by token", panel.after);
  return panel;
}

}  // namespace excise
