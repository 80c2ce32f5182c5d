#include "experiment/summary_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experiment/edit_place.h"

namespace excise {
namespace {

std::string layer_list(const std::vector<size_t>& layers) {
  return fmt::format("{} {}", layers.size() == 1 ? "layer" : "layers",
                     fmt::join(layers, ", "));
}

// "component 0", "ica components 0, 3".
std::string components(const Spec& spec) {
  const std::vector<size_t>& remove = spec.remove;
  if (spec.basis == "neurons") {
    return fmt::format("{} {}", remove.size() == 1 ? "neuron" : "neurons",
                       fmt::join(remove, ", "));
  }
  return fmt::format("{}{} {}", spec.basis == "svd" ? "" : spec.basis + " ",
                     remove.size() == 1 ? "component" : "components",
                     fmt::join(remove, ", "));
}

bool adds(const Spec& spec) { return spec.action == EditAction::kAdd; }

// "removing component 0"; an edit file may say more.
std::string deed(const Spec& spec) {
  std::string text = (adds(spec) ? "adding " : "removing ") + components(spec);
  if (adds(spec))
    text += fmt::format(" (mean codes of class {})", spec.from_class);
  if (spec.strength != 1) {
    text += fmt::format(" with strength {:g}", spec.strength);
  }
  return text;
}

// What the basis was fitted on, where that is not this text.
std::string origin(const BasisOrigin& origin) {
  if (origin.source == "this text") return "";
  if (!origin.held_out) {
    return " Whether the basis was fitted on this text is not known.";
  }
  if (!*origin.held_out) {
    return " The basis was fitted on this very text.";
  }
  return fmt::format(
      " The basis was fitted on {} tokens of another text or part: this one "
      "was held out.",
      origin.provenance.n_tokens);
}

const LayerSummary& layer_of(const Summary& summary, size_t layer) {
  return *std::find_if(summary.layers.begin(), summary.layers.end(),
                       [&](const auto& one) { return one.layer == layer; });
}

std::string edited_tokens(const SweepResult& result) {
  if (result.edited.empty()) return "";
  const auto count =
      std::count(result.edited.begin(), result.edited.end(), uint8_t{1});
  return fmt::format(" at {} of the {} tokens", count, result.edited.size());
}

std::string effects(const SweepResult& result, const Summary& summary) {
  const Headline& headline = summary.headline;
  std::string text = fmt::format(
      "{} {} {}{} hurts the right next token in {} of the {} {} at q < {}",
      deed(result.spec), adds(result.spec) ? "to" : "of",
      edit_place_words(result.spec.hook), edited_tokens(result),
      headline.layers_hurt.size(), summary.layers.size(),
      summary.layers.size() == 1 ? "layer" : "layers", kSignificance);
  text.front() = adds(result.spec) ? 'A' : 'R';
  text +=
      headline.layers_helped.empty()
          ? " and helps in none."
          : fmt::format(" and helps in {} ({}).", headline.layers_helped.size(),
                        layer_list(headline.layers_helped));
  if (!headline.worst_layer) return text;
  const MeanTest& worst =
      layer_of(summary, *headline.worst_layer).removal.effect.default_n;
  if (worst.mean.value_or(0) <= 0) return text;
  text += fmt::format(
      " The worst is layer {}: {} costs {:.3g} nats a token on average",
      *headline.worst_layer, adds(result.spec) ? "this" : "its removal",
      *worst.mean);
  if (worst.t && worst.q) {
    text += fmt::format(" (t = {:.2f}, q = {:.2g})", *worst.t, *worst.q);
  }
  return text + ".";
}

// What a control is, after "more than 95 % of ...".
std::string_view control_words(Control control) {
  switch (control) {
    case Control::kRandomRank:
      return "random directions of the row space, whatever their size";
    case Control::kNormMatched:
      return "random directions of the same size";
    case Control::kNeuronShuffle:
      return "shuffles of the component's neurons";
  }
  return "";
}

std::string controls(const Summary& summary) {
  std::string text;
  size_t repeats = kMaxControlRepeats;
  for (const ControlHeadline& control : summary.headline.controls) {
    text +=
        fmt::format("{} {} of {} layers {} 95 % of {} ({}, {} repeats)",
                    text.empty() ? " At" : ", at", control.layers_beyond.size(),
                    summary.layers.size(),
                    text.empty() ? "the removal hurts more than" : "more than",
                    control_words(control.control),
                    control_name(control.control), control.repeats);
    repeats = std::min(repeats, control.repeats);
  }
  if (text.empty()) return text;
  text += ".";
  const auto smallest = 1.0 / (static_cast<double>(repeats) + 1);
  if (smallest >= kSignificance) {
    text += fmt::format(
        " With {} repeats an empirical p cannot be below {:.2g}, so these "
        "counts stay 0: 20 are the fewest that can show it.",
        repeats, smallest);
  }
  return text;
}

std::string scan(const SweepResult& result, const Summary& summary) {
  if (!result.spec.scan || result.spec.scan->mode != ScanMode::kEach) return "";
  std::vector<double> rank_r;
  for (const LayerSummary& layer : summary.layers) {
    const auto& versus = layer.scan.share_vs_effect;
    if (versus && versus->spearman.r) rank_r.push_back(*versus->spearman.r);
  }
  std::string text = fmt::format(
      " Of the {} components removed one at a time, component {} is the one "
      "that hurts most in {} of {} layers.",
      result.spec.scan->steps(), result.spec.scan->components.front(),
      summary.headline.layers_first_worst.size(), summary.layers.size());
  if (rank_r.empty()) return text;
  std::ranges::sort(rank_r);
  return text + fmt::format(
                    " Within a layer the rank correlation of share of variance "
                    "and effect is {:.2f} to {:.2f} (median {:.2f}).",
                    rank_r.front(), rank_r.back(), rank_r[rank_r.size() / 2]);
}

std::string texts(const SweepResult& result, const Summary& summary) {
  if (result.further_texts.empty()) return "";
  const auto& hurt = summary.headline.layers_hurt_over_texts;
  const size_t all = 1 + result.further_texts.size();
  const auto& over = summary.layers.front().over_texts;
  const size_t measured = over ? over->test.n : all;
  return fmt::format(
      " All this is of the first text. Over the {}{}, each counted once, "
      "the removal hurts in {} of {} layers at q < {}{}.",
      measured == all ? fmt::format("{} texts", all)
                      : fmt::format("{} of {} texts", measured, all),
      measured == all ? "" : " that have a token to measure", hurt.size(),
      summary.layers.size(), kSignificance,
      hurt.empty() ? "" : fmt::format(" ({})", layer_list(hurt)));
}

std::string together(const SweepResult& result, const Summary& summary) {
  std::string text;
  for (const TogetherSummary& one : summary.together) {
    const auto& mean = one.branch.effect.default_n.mean;
    if (!mean) continue;
    text += fmt::format(
        " Edited together ({} coordinates), {} layers ({} to {}) cost {:.3g} "
        "nats a token, where their single effects add up to {:.3g}.",
        coordinates_name(result.spec.coordinates), one.layers.size(),
        one.layers.front(), one.layers.back(), *mean, one.sum_of_single);
  }
  return text;
}

std::string drift(const Summary& summary) {
  const auto [least, most] = std::minmax_element(
      summary.layers.begin(), summary.layers.end(),
      [](const LayerSummary& a, const LayerSummary& b) {
        return a.removal.drift_end_relative < b.removal.drift_end_relative;
      });
  if (summary.layers.size() == 1) {
    return fmt::format(
        " At the end of the model the states have moved by {:.1f} % of their "
        "size.",
        100 * most->removal.drift_end_relative);
  }
  return fmt::format(
      " At the end of the model the states have moved by {:.1f} % (layer {}) "
      "to {:.1f} % (layer {}) of their size.",
      100 * least->removal.drift_end_relative, least->layer,
      100 * most->removal.drift_end_relative, most->layer);
}

std::string variance(const Summary& summary) {
  const auto& [r, rho] = summary.share_vs_t_default_n;
  if (!r.r || !r.p) return "";
  std::string text = fmt::format(
      " Over layers, the share of variance removed and t correlate with r = "
      "{:.2f} (p = {:.2g}",
      *r.r, *r.p);
  if (r.interval) {
    text += fmt::format(", 95 % bootstrap interval {:.2f} to {:.2f}",
                        r.interval->low, r.interval->high);
  }
  text += ")";
  if (rho.r) text += fmt::format(", Spearman {:.2f}", *rho.r);
  const bool related =
      *r.p < kSignificance && rho.p.value_or(1) < kSignificance;
  if (!related) {
    return text + ": no clear relation.";
  }
  return text + (*r.r > 0
                     ? ": the more variance is removed, the more it hurts."
                     : ": the more variance is removed, the less it hurts.");
}

std::string amount(double share) {
  if (share >= 0.5) return "most of the effect";
  if (share >= 0.2) return "part of the effect";
  return "little of the effect";
}

std::string explained(const Headline& headline) {
  if (!headline.mean_alone_share) return "";
  const double all = *headline.mean_alone_share;
  if (!headline.mean_alone_share_without_worst) {
    return fmt::format(
        " That mean alone explains {} ({:.0f} % of its sum over layers).",
        amount(all), 100 * all);
  }
  const double outside = *headline.mean_alone_share_without_worst;
  return fmt::format(
      " That mean alone explains {} outside layer {} ({:.0f} % of its sum over "
      "those layers), and {:.0f} % of it in all.",
      amount(outside), *headline.worst_layer, 100 * outside, 100 * all);
}

std::string mean_alone(const SweepResult& result, const Summary& summary) {
  if (adds(result.spec)) return "";
  const RemovalOperator& removal = result.spec.removal;
  if (removal.identity_when_empty()) {
    return " With nothing removed this operator changes nothing, so the effect "
           "is that of the removal.";
  }
  if (!summary.layers.front().empty) {
    return " This operator changes the activations even with nothing removed; "
           "how much of the effect that is was not measured (no K = {} "
           "branch).";
  }
  const Headline& headline = summary.headline;
  std::string text = fmt::format(
      " Even with nothing removed this operator changes the activations, by "
      "their mean (centre {}, restore {}).",
      mean_name(removal.centre), mean_name(removal.restore));
  text += explained(headline);
  text += " Beyond the mean, token by token, ";
  text += headline.layers_net.empty()
              ? fmt::format("no layer has an effect at q < {}.", kSignificance)
              : fmt::format("{} of {} layers {} an effect at q < {} ({}).",
                            headline.layers_net.size(), summary.layers.size(),
                            headline.layers_net.size() == 1 ? "has" : "have",
                            kSignificance, layer_list(headline.layers_net));
  return text;
}

std::string rounding(const Audit& audit) {
  if (audit.rounding.empty()) return "";
  std::vector<size_t> layers;
  double worst = 0;
  for (const RoundingError& error : audit.rounding) {
    layers.push_back(error.layer);
    worst = std::max(worst, error.relative());
  }
  return fmt::format(
      " Products of differences were rounded to bfloat16, which changes the "
      "effect by at most {:.2g} % of its size (measured at {}).",
      100 * worst, layer_list(layers));
}

}  // namespace

std::string summary_text(const SweepResult& result, const Summary& summary) {
  if (summary.layers.empty()) return "No layer was swept.";
  const auto tested = [](const LayerSummary& layer) {
    return layer.removal.effect.default_n.p.has_value();
  };
  if (std::none_of(summary.layers.begin(), summary.layers.end(), tested)) {
    return fmt::format("No test of the effect of {} is possible: {}.",
                       deed(result.spec),
                       summary.layers.front().removal.effect.default_n.reason) +
           drift(summary);
  }
  return effects(result, summary) + origin(result.basis) +
         mean_alone(result, summary) + controls(summary) +
         scan(result, summary) + together(result, summary) + variance(summary) +
         drift(summary) + rounding(result.audit) + texts(result, summary);
}

}  // namespace excise
