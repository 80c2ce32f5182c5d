#include "experiment/sweep/summary_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/number_text.h"
#include "experiment/common/passages.h"
#include "experiment/common/rounding_words.h"
#include "experiment/sweep/cells_text.h"
#include "experiment/sweep/checklist.h"
#include "experiment/sweep/constant_words.h"
#include "experiment/sweep/controls_text.h"
#include "experiment/sweep/deed_words.h"
#include "experiment/sweep/parts_text.h"
#include "experiment/sweep/scan_text.h"
#include "experiment/sweep/second_opinion_text.h"
#include "experiment/sweep/sink_text.h"
#include "experiment/sweep/text_evidence.h"
#include "experiment/sweep/variants_words.h"
#include "run/edit_place.h"

namespace excise {
namespace {

using TestOf = const MeanTest& (*)(const LayerSummary& layer);

const MeanTest& of_text(const LayerSummary& layer) {
  return layer.removal.effect.default_n;
}

const MeanTest& over_texts(const LayerSummary& layer) {
  return layer.over_texts->test;
}

// SweepResult::edited is of the first text.
std::string edited_tokens(const SweepResult& result, bool all_texts) {
  if (result.edited.empty()) return "";
  if (all_texts) return " at the chosen tokens";
  const auto count =
      std::count(result.edited.begin(), result.edited.end(), uint8_t{1});
  return fmt::format(" at {} of the {} tokens", count, result.edited.size());
}

// "removing component 0 of the MLP pre-activation and putting ... back".
std::string whole_deed(const SweepResult& result, bool all_texts) {
  const Spec& spec = result.spec;
  const std::string mean = mean_deed(result);
  return fmt::format("{} {} {}{}{}", deed(spec), adds(spec) ? "to" : "of",
                     edit_place_words(spec.hook),
                     edited_tokens(result, all_texts),
                     mean.empty() ? "" : " and " + mean);
}

// The layer of the largest mean effect below 0, where it is one to be told: by
// its q, or because it is larger than any that hurts.
const LayerSummary* other_way(const Summary& summary, TestOf test_of) {
  const LayerSummary* least = nullptr;
  double most = 0;
  for (const LayerSummary& layer : summary.layers) {
    const auto& mean = test_of(layer).mean;
    if (!mean) continue;
    most = std::max(most, *mean);
    if (*mean < 0 && (!least || *mean < *test_of(*least).mean)) least = &layer;
  }
  if (!least) return nullptr;
  const MeanTest& test = test_of(*least);
  return significant(test) || -*test.mean > most ? least : nullptr;
}

// told, untold: formats of the layer, the size of its mean and its test.
std::string extreme(size_t layer, const MeanTest& test, const std::string& told,
                    const std::string& untold) {
  const bool apart = significant(test);
  const std::string text =
      fmt::format(fmt::runtime(apart ? told : untold), layer,
                  short_text(std::abs(*test.mean), 3), test_words(test));
  return apart ? text : text + ": not told apart from 0.";
}

std::string extremes(const SweepResult& result, const Summary& summary,
                     const EffectHeadline& headline, TestOf test_of) {
  const std::string each(result.entries.each);
  std::string text;
  for (const LayerSummary& layer : summary.layers) {
    if (layer.layer != headline.worst_layer) continue;
    const MeanTest& test = test_of(layer);
    text += extreme(
        layer.layer, test,
        " The most harmful is layer {}, where it costs {} nats " + each +
            " on average{}.",
        " The largest mean effect is at layer {}, {} nats " + each + "{}");
  }
  if (const LayerSummary* layer = other_way(summary, test_of)) {
    const MeanTest& test = test_of(*layer);
    text += extreme(layer->layer, test,
                    " The largest effect the other way is at layer {}, where "
                    "it gains {} nats " +
                        each + "{}.",
                    " The largest effect the other way is at layer {}, -{} "
                    "nats " +
                        each + "{}");
  }
  return text;
}

bool nothing_tested(const Summary& summary, TestOf test_of) {
  return std::ranges::none_of(summary.layers, [&](const LayerSummary& layer) {
    return test_of(layer).p.has_value();
  });
}

std::string counts(const SweepResult& result, const Summary& summary,
                   const EffectHeadline& headline) {
  const size_t all = summary.layers.size();
  return fmt::format(
      "hurts {} in {} at q < {} and helps in {}", result.entries.of,
      of_layers(headline.layers_hurt, all), kSignificance,
      headline.layers_helped.empty() ? "0"
                                     : of_layers(headline.layers_helped, all));
}

std::vector<std::string> effect(const SweepResult& result,
                                const Summary& summary) {
  std::string text = whole_deed(result, false) + " " +
                     counts(result, summary, summary.headline) + ".";
  text.front() = adds(result.spec) ? 'A' : 'R';
  if (!result.further_texts.empty()) text = "Of the first text alone: " + text;
  return {text + extremes(result, summary, summary.headline, of_text),
          untested_words(summary, of_text)};
}

std::vector<std::string> texts(const SweepResult& result,
                               const Summary& summary) {
  if (!summary.headline.over_texts) return {};
  const EffectHeadline& headline = *summary.headline.over_texts;
  const size_t all = 1 + result.further_texts.size();
  const auto& over = summary.layers.front().over_texts;
  const size_t measured = over ? over->test.n : all;
  const std::string counted =
      measured == all
          ? fmt::format("{} texts", all)
          : fmt::format("{} of {} texts that have a token to measure", measured,
                        all);
  std::vector<std::string> parts;
  if (nothing_tested(summary, over_texts)) {
    parts.push_back(fmt::format("Over the {} no test of {} is possible.",
                                counted, deed(result.spec)));
  } else {
    parts.push_back(fmt::format("Over the {}, each counted once, {} {}.",
                                counted, whole_deed(result, true),
                                counts(result, summary, headline)) +
                    extremes(result, summary, headline, over_texts));
  }
  parts.push_back(untested_words(summary, over_texts));
  for (std::string& part : controls_over_texts(result, summary))
    parts.push_back(std::move(part));
  parts.push_back(scan_over_texts(result, summary));
  return parts;
}

// What the basis was fitted on, where that is not this text.
std::string basis(const BasisOrigin& origin) {
  if (origin.source == "this text") return "";
  if (!origin.held_out)
    return "Whether the basis was fitted on this text is not known.";
  if (!*origin.held_out) return "The basis was fitted on this very text.";
  return fmt::format(
      "The basis was fitted on {} tokens of another text or part: this one "
      "was held out.",
      origin.provenance.n_tokens);
}

std::string drift(const Summary& summary) {
  const auto moved = [](const LayerSummary* layer) {
    return layer->removal.drift_end_relative;
  };
  std::vector<const LayerSummary*> layers;
  for (const LayerSummary& layer : summary.layers) {
    if (std::isfinite(moved(&layer))) layers.push_back(&layer);
  }
  if (layers.empty()) return "";
  const auto [least, most] = std::ranges::minmax(layers, {}, moved);
  const std::string low = percent_text(moved(least), 1);
  const std::string high = percent_text(moved(most), 1);
  return "At the end of the model the states have moved by " +
         (low == high ? low
                      : fmt::format("{} (layer {}) to {} (layer {})", low,
                                    least->layer, high, most->layer)) +
         " of their size.";
}

std::string correlation(std::string_view name, const Correlation& one) {
  std::string text = fmt::format("{} r = {} ({}{}", name, fixed_text(*one.r, 2),
                                 one.n <= kExactCorrelationUpTo ? "exact " : "",
                                 p_words("p", *one.p, 2));
  if (one.interval) {
    text += fmt::format(", 95 % bootstrap interval {} to {}",
                        fixed_text(one.interval->low, 2),
                        fixed_text(one.interval->high, 2));
  }
  return text + (one.interval ? ")" : ", no interval)");
}

bool tells(const Correlation& one) {
  return *one.p < kSignificance && one.interval &&
         (one.interval->low > 0 || one.interval->high < 0);
}

std::string variance(const Summary& summary) {
  const auto& [r, rho] = summary.share_vs_t_default_n;
  if (!r.r || !r.p || !rho.r || !rho.p) return "";
  const std::string text =
      "Over layers, taken as independent, share of "
      "variance and t have " +
      correlation("Pearson", r) + " and " + correlation("Spearman", rho);
  if (!tells(r) || !tells(rho) || *r.r * *rho.r <= 0) {
    return text + fmt::format(
                      ": no clear relation, which takes p < {} and an interval "
                      "without 0, the same way, in both.",
                      kSignificance);
  }
  return text + (*r.r > 0 ? ": the more variance, the larger t."
                          : ": the more variance, the smaller t.");
}

std::vector<std::string> warnings(const Summary& summary) {
  std::vector<std::string> parts;
  for (const Warning& warning : summary.warnings)
    parts.push_back("Note: " + warning.text);
  return parts;
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

}  // namespace

std::vector<Passage> summary_passages(const SweepResult& result,
                                      const Summary& summary) {
  if (summary.layers.empty()) return {{"effect", "No layer was swept."}};
  std::vector<Passage> passages;
  const auto say = [&](const char* topic,
                       const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
      passages.push_back({topic, trimmed(part)});
  };
  const bool several = !result.further_texts.empty();
  // What is of the first of several texts says so.
  const auto say_of_first = [&](const char* topic,
                                std::vector<std::string> parts) {
    std::erase(parts, "");
    if (several && !parts.empty())
      parts[0] = "Of the first text: " + trimmed(parts[0]);
    say(topic, parts);
  };
  const auto say_over_texts = [&](const char* topic,
                                  std::vector<std::string> parts) {
    std::erase(parts, "");
    if (!parts.empty()) parts[0] = "Over the texts: " + trimmed(parts[0]);
    say(topic, parts);
  };
  say("warnings", warnings(summary));
  say("texts", texts(result, summary));
  if (has_text_evidence(result)) {
    const Summary over = evidence_over_texts(summary);
    say_over_texts("parts over texts", parts_text(over));
    say_over_texts("variants over texts", variants_words(result, over));
  }
  if (nothing_tested(summary, of_text)) {
    say("effect", {fmt::format("{} test of the effect of {} is possible.",
                               several ? "Of the first text alone: no" : "No",
                               deed(result.spec)) +
                   untested_words(summary, of_text)});
  } else {
    say("effect", effect(result, summary));
    say_of_first("second opinion", second_opinion_words(summary));
    say_of_first("sink", {sink_words(result, summary)});
    say_of_first("basis", {basis(result.basis)});
    say_of_first("controls", controls_text(result, summary));
    const auto cells = cells_text(result, summary);
    summary.headline.removed ? say_of_first("cells", cells)
                             : say("cells", cells);
    say_of_first("parts", parts_text(summary));
    say_of_first("variants", variants_words(result, summary));
    say_of_first("constant", constant_words(result, summary));
    say_of_first("scan", {scan_words(result, summary)});
    say_of_first("together", {together_words(result, summary)});
    say_of_first("variance", {variance(summary)});
  }
  say_of_first("drift", {drift(summary)});
  // Other entries have other questions.
  if (result.entries.are_tokens)
    say("checklist", {not_asked(checklist_of(result, summary))});
  say_of_first("rounding", {rounding_words(result.audit.rounding,
                                           result.spec.check_rounding)});
  return said(std::move(passages));
}

std::string summary_text(const SweepResult& result, const Summary& summary) {
  return joined(summary_passages(result, summary));
}

}  // namespace excise
