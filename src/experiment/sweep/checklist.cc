#include "experiment/sweep/checklist.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/sweep/constant_words.h"

namespace excise {
namespace {

// elsewhere: whether at other places, or at this one.
CheckItem controls_item(const Summary& summary, bool elsewhere) {
  CheckItem item{.id = "controls",
                 .topic = "random changes of the same size",
                 .question =
                     "Would random changes of the same size do the "
                     "same?",
                 .option = "--controls norm-matched=40"};
  if (elsewhere) {
    item = {.id = "places",
            .topic = "random directions at other places",
            .question =
                "Would random directions at other layers and hooks do the "
                "same?",
            .option = "--controls elsewhere=40"};
  }
  for (const ControlHeadline& control : summary.headline.controls) {
    if (control.cell != Cell::kPreset || !is_null(control.control) ||
        (control.control == Control::kElsewhere) != elsewhere)
      continue;
    item.asked = true;
    const size_t beyond =
        control.layers_worse.size() + control.layers_less_harmful.size();
    item.outcome =
        control.level == 0
            ? fmt::format("{} draws of {} are too few for a p below {}",
                          control.repeats, control_name(control.control),
                          kSignificance)
            : fmt::format(
                  "{} of {} layers lie beyond nearly all of {} {} "
                  "draws, {} by chance{}",
                  beyond, summary.layers.size(), control.repeats,
                  control_name(control.control),
                  short_text(control.chance_layers, 2),
                  control.p_max
                      ? "; over all layers p = " + short_text(*control.p_max, 2)
                      : "");
    return item;
  }
  return item;
}

CheckItem mean_item(const SweepResult& result, const Summary& summary) {
  CheckItem item{.id = "mean",
                 .topic = "the removal and the exchanged mean apart",
                 .question =
                     "Is it the removal, or the mean that is exchanged "
                     "with it?",
                 .option = "--cells all"};
  if (result.removal.identity_when_empty()) {
    item.asked = true;
    item.outcome = "no mean is exchanged";
  } else if (summary.headline.removed && summary.headline.empty) {
    const size_t all = summary.layers.size();
    item.asked = true;
    item.outcome =
        fmt::format("the removal alone hurts in {}, the mean alone in {}",
                    of_layers(summary.headline.removed->layers_hurt, all),
                    of_layers(summary.headline.empty->layers_hurt, all));
  }
  return item;
}

CheckItem parts_item(const Summary& summary) {
  CheckItem item{.id = "parts",
                 .topic = "where the effect arises",
                 .question =
                     "Where does the effect arise, and does the rest "
                     "make up for it?",
                 .option = "--parts"};
  std::vector<size_t> direct, repaired;
  for (const LayerSummary& layer : summary.layers) {
    if (!layer.parts) return item;
    const DirectSummary& alone = layer.parts->direct;
    if (alone.has_effect()) direct.push_back(layer.layer);
    if (alone.interval && alone.interval->low > 0)
      repaired.push_back(layer.layer);
  }
  item.asked = !summary.layers.empty();
  item.outcome = fmt::format(
      "what the edit writes has an effect of its own in {}; later parts make "
      "up for some of it in {} of them",
      of_layers(direct, summary.layers.size()), repaired.size());
  return item;
}

CheckItem enough_item(const Summary& summary) {
  CheckItem item{.id = "enough",
                 .topic = "whether the subspace is enough",
                 .question = "Is the subspace enough, and not only needed?",
                 .option = "--variants keep-only"};
  std::vector<size_t> told, saved;
  for (const LayerSummary& layer : summary.layers) {
    if (layer.variants.find("none_kept") == nullptr) return item;
    const auto& left = layer.variants.left;
    if (!left || !left->interval) continue;
    told.push_back(layer.layer);
    if (left->interval->high < 1) saved.push_back(layer.layer);
  }
  item.asked = !summary.layers.empty();
  item.outcome = fmt::format(
      "keeping nothing costs something in {}; the subspace alone saves part of "
      "it in {} of them",
      of_layers(told, summary.layers.size()), saved.size());
  return item;
}

CheckItem visible_item(const Summary& summary) {
  CheckItem item{.id = "visible",
                 .topic = "whether it acts by what is read",
                 .question =
                     "Does the direction act by what the output matrix "
                     "reads of it?",
                 .option = "--variants visible"};
  size_t told = 0, smaller = 0;
  for (const LayerSummary& layer : summary.layers) {
    if (layer.variants.find("visible") == nullptr) return item;
    const auto& visible = layer.variants.visible;
    if (!visible || !visible->interval) continue;
    ++told;
    constexpr double kMuchSmaller = 0.5;
    smaller += visible->interval->high < kMuchSmaller ? 1 : 0;
  }
  item.asked = !summary.layers.empty();
  item.outcome = fmt::format(
      "its visible part alone has less than half the effect in {} of {} layers "
      "with an effect",
      smaller, told);
  return item;
}

CheckItem swap_item(const Summary& summary) {
  CheckItem item{.id = "swap",
                 .topic = "a swap with a paired text",
                 .question =
                     "Do values that the subspace has of another text have an "
                     "effect?",
                 .option = "--swap TEXT, the same with one word changed"};
  std::vector<size_t> acts, part;
  for (const LayerSummary& layer : summary.layers) {
    const VariantTest* swap = layer.variants.find("swap");
    if (swap == nullptr) return item;
    if (verdict_of(swap->test) != 0) acts.push_back(layer.layer);
    const auto& way = layer.variants.way;
    if (way && way->interval && way->interval->low > 0)
      part.push_back(layer.layer);
  }
  item.asked = !summary.layers.empty();
  item.outcome = fmt::format(
      "they have an effect in {}, and go part of the way to that text in {}",
      of_layers(acts, summary.layers.size()), part.size());
  return item;
}

CheckItem choices_item(const Summary& summary) {
  CheckItem item{.id = "choices",
                 .topic = "other choices of the same removal",
                 .question = "Does the verdict hang on a choice?",
                 .option = "--variants robustness"};
  size_t least = summary.layers.size(), choices = 0;
  const auto& first = summary.layers.front().variants.tests;
  for (size_t i = 0; i < first.size(); ++i) {
    if (!first[i].is_choice) continue;
    ++choices;
    const auto same =
        std::ranges::count_if(summary.layers, [&](const LayerSummary& layer) {
          return verdict_of(layer.variants.tests[i].test) ==
                 verdict_of(layer.removal.effect.default_n);
        });
    least = std::min(least, static_cast<size_t>(same));
  }
  item.asked = choices > 0;
  item.outcome = fmt::format(
      "under {} other choices at least {} of {} layers keep their verdict",
      choices, least, summary.layers.size());
  return item;
}

std::string counted(size_t layers) {
  return layers == 1 ? "1 layer" : fmt::format("{} layers", layers);
}

CheckItem tokens_item(const Summary& summary) {
  const Headline& headline = summary.headline;
  CheckItem item{.id = "tokens",
                 .topic = "tokens that depend on each other",
                 .question =
                     "Does it survive that tokens depend on each other, "
                     "and that one may have most of it?"};
  if (!headline.layers_unconfirmed || !headline.layers_one_token) return item;
  item.asked = true;
  item.outcome = fmt::format(
      "of {} that t finds, a test that allows for dependence does not "
      "confirm {}; in {} one token has more than a quarter of the sum",
      counted(headline.layers_hurt.size() + headline.layers_helped.size()),
      headline.layers_unconfirmed->size(), headline.layers_one_token->size());
  return item;
}

CheckItem constant_item(const Summary& summary) {
  const ConstantCounts counts = count_constants(summary);
  const size_t all = counts.tested.size();
  return {.id = "constant",
          .topic = "the best constant in its place",
          .question = "Would another constant have done?",
          .asked = all > 0,
          .outcome = fmt::format(
              "on the tokens that did not choose it the best constant found "
              "hurts in {}, the removal in {}; it costs less in {}",
              of_layers(counts.hurt, all), of_layers(counts.removal_hurts, all),
              of_layers(counts.cheaper, all)),
          .option = "--variants constant"};
}

CheckItem texts_item(const SweepResult& result) {
  CheckItem item{.id = "texts",
                 .topic = "several texts",
                 .question = "Does it hold for texts like this one?",
                 .asked = !result.further_texts.empty(),
                 .option = "--text-file FILE FILE ..., or excise corpus"};
  item.outcome = fmt::format("tested over {} texts, each counted once",
                             1 + result.further_texts.size());
  return item;
}

CheckItem held_out_item(const SweepResult& result) {
  return {.id = "held_out",
          .topic = "a basis fitted on other text",
          .question = "Was the subspace found on other text?",
          .asked = result.basis.held_out.value_or(false),
          .outcome = "the text was held out of the fit",
          .option = "--corpus FILE, or --basis-file of excise fit"};
}

}  // namespace

std::vector<CheckItem> checklist_of(const SweepResult& result,
                                    const Summary& summary) {
  if (summary.layers.empty()) return {};
  std::vector<CheckItem> items = {
      controls_item(summary, false), controls_item(summary, true),
      mean_item(result, summary), parts_item(summary), enough_item(summary)};
  if (result.spec.hook == HookPoint::kMlpPost)
    items.push_back(visible_item(summary));
  items.push_back(swap_item(summary));
  items.push_back(choices_item(summary));
  if (result.spec.remove.size() == 1) items.push_back(constant_item(summary));
  items.push_back(tokens_item(summary));
  items.push_back(texts_item(result));
  items.push_back(held_out_item(result));
  for (CheckItem& item : items) {
    if (!item.asked) item.outcome.clear();
  }
  return items;
}

Json checklist_json(const std::vector<CheckItem>& items) {
  Json list = Json::array();
  for (const CheckItem& item : items) {
    list.push_back({{"id", item.id},
                    {"question", item.question},
                    {"asked", item.asked},
                    {"outcome", item.outcome},
                    {"option", item.option}});
  }
  return list;
}

std::string not_asked(const std::vector<CheckItem>& items) {
  std::vector<std::string> topics;
  for (const CheckItem& item : items) {
    if (!item.asked) topics.push_back(item.topic);
  }
  if (topics.empty()) return "";
  std::string text = fmt::format(
      "Of {} questions of a sceptical reader {} {} "
      "not asked: ",
      items.size(), topics.size(), topics.size() == 1 ? "was" : "were");
  for (size_t i = 0; i < topics.size(); ++i)
    text += (i == 0 ? "" : "; ") + topics[i];
  return text + ".";
}

}  // namespace excise
