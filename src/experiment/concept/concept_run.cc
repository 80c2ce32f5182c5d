#include "experiment/concept/concept_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>

#include "core/threads.h"
#include "experiment/concept/concept_effects.h"
#include "experiment/concept/probe.h"
#include "experiment/spec.h"
#include "experiment/words.h"
#include "intervention/bases/registry.h"
#include "io/fingerprint.h"
#include "model/forward.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

// Added to the loss of the control text, so that an edit that does next to
// nothing is not the most selective one; nats a token.
constexpr double kSelectivityFloor = 0.02;

struct LabelledText {
  std::vector<int> ids;
  int label = 0;  // 0: with the concept
  TextUse use = TextUse::kFit;
};

Result<std::vector<LabelledText>> encode_texts(const Model& model,
                                               const ConceptSet& set) {
  std::vector<LabelledText> texts;
  for (const int label : {0, 1}) {
    const auto& from = label == 0 ? set.with : set.without;
    for (size_t i = 0; i < from.size(); ++i) {
      LabelledText text{EXCISE_TRY(encode_text(model, from[i], "concept")),
                        label, text_use(i)};
      if (text.ids.size() < 2 || text.ids.size() > model.config.n_ctx) {
        return fail(
            ErrorCode::kBadInput,
            {.where = "concept",
             .subject = fmt::format("text \"{}\"", from[i].substr(0, 40)),
             .expected = fmt::format("2 to {} tokens", model.config.n_ctx),
             .found = fmt::format("{}", text.ids.size())});
      }
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

Result<std::vector<int>> encode_words(const Model& model,
                                      const std::vector<std::string>& words) {
  std::vector<int> ids;
  for (const std::string& word : words) {
    ids.push_back(
        EXCISE_TRY(word_token(model, word, LongWord::kRefuse, "concept",
                              "leave it out or name a part of it")));
  }
  return ids;
}

// Activations of some texts at one layer, without their first tokens.
struct Tokens {
  Matrix<float> values;      // [tokens, width]
  std::vector<int> classes;  // [tokens]
};

// [sites] of the texts of one kind of use. fit: those that are fitted on, else
// all others.
Result<std::vector<Tokens>> collect(const Model& model,
                                    std::span<const LabelledText> texts,
                                    std::span<const HookSite> sites, bool fit,
                                    const Progress& progress) {
  std::vector<const LabelledText*> chosen;
  size_t tokens = 0;
  for (const LabelledText& text : texts) {
    if ((text.use == TextUse::kFit) != fit) continue;
    chosen.push_back(&text);
    tokens += text.ids.size() - 1;
  }
  std::vector<Tokens> collected(sites.size());
  size_t row = 0;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const LabelledText& text = *chosen[i];
    std::vector<Hook> hooks;
    for (size_t s = 0; s < sites.size(); ++s) {
      hooks.push_back(
          {hook_name(sites[s]),
           [&, s](const HookSite&, MatrixView<float> value) -> Status {
             Matrix<float>& out = collected[s].values;
             if (out.empty()) {
               out = Matrix<float>(tokens, value.cols());
             }
             for (size_t t = 1; t < value.rows(); ++t) {
               std::ranges::copy(value.row(t), out.row(row + t - 1).begin());
             }
             return {};
           }});
    }
    EXCISE_TRY(
        run_forward(model.config, model.weights, text.ids, hooks, progress));
    row += text.ids.size() - 1;
    for (Tokens& one : collected) {
      one.classes.insert(one.classes.end(), text.ids.size() - 1, text.label);
    }
    progress.advance(fit ? "fit" : "probe", i + 1, chosen.size());
  }
  return collected;
}

// The same switched off, every row.
Result<Matrix<float>> switched_off(const Decomposition& basis,
                                   const Matrix<float>& values) {
  Matrix<float> off = values.clone();
  Matrix<float> delta(values.rows(), values.cols());
  std::vector<size_t> components;
  for (size_t k = 0; k < basis.n_components(); ++k) components.push_back(k);
  EXCISE_CHECK(removal_change(basis, values, components, delta));
  for (size_t i = 0; i < off.size(); ++i) off.values()[i] += delta.values()[i];
  return off;
}

Status probe_layer(const Tokens& fit, const Tokens& rest, LayerConcept& layer) {
  layer.probe_before = EXCISE_TRY(
      probe_accuracy(fit.values, fit.classes, rest.values, rest.classes));
  layer.probe_after = EXCISE_TRY(probe_accuracy(
      EXCISE_TRY(switched_off(*layer.basis, fit.values)), fit.classes,
      EXCISE_TRY(switched_off(*layer.basis, rest.values)), rest.classes));
  return {};
}

// Sums of effects over texts of one use.
struct Sums {
  std::vector<double> own, control;
  size_t texts = 0;
};

ConceptEffect effect_of(const Sums& sums, size_t branch, double control_text,
                        ConceptSwitch way) {
  const auto n = static_cast<double>(sums.texts);
  ConceptEffect effect;
  effect.own_words = sums.own[branch] / n;
  effect.control_words = sums.control[branch] / n;
  effect.control_text = control_text;
  const double wanted =
      way == ConceptSwitch::kOff ? effect.own_words : -effect.own_words;
  effect.selectivity = wanted / (kSelectivityFloor + std::abs(control_text));
  return effect;
}

Status measure(const Model& model, HookPoint point,
               std::span<const LabelledText> texts, const Progress& progress,
               ConceptResult& result) {
  const ConceptSet& set = result.spec.set;
  const auto words = EXCISE_TRY(encode_words(model, set.words));
  const auto controls = EXCISE_TRY(encode_words(model, set.control_words));
  const auto control_ids =
      EXCISE_TRY(encode_text(model, set.control_text, "concept"));
  const TextEffect control = EXCISE_TRY(measure_text(
      model, result.spec, point, result.layers, control_ids, {}, {}, progress));
  result.perplexity_clean = std::exp(-control.clean_next_token);
  const size_t branches = control.next_token.size();
  std::array<Sums, 2> sums;  // choose, report
  for (Sums& one : sums) {
    one.own.resize(branches);
    one.control.resize(branches);
  }
  for (const LabelledText& text : texts) {
    if (text.use == TextUse::kFit) continue;
    Sums& to = sums[text.use == TextUse::kChoose ? 0 : 1];
    const TextEffect effect =
        EXCISE_TRY(measure_text(model, result.spec, point, result.layers,
                                text.ids, words, controls, progress));
    for (size_t b = 0; b < branches; ++b) {
      to.own[b] += effect.own_words[b];
      to.control[b] += effect.control_words[b];
    }
    ++to.texts;
  }
  size_t b = 0;
  for (LayerConcept& layer : result.layers) {
    for (ConceptCell& cell : layer.cells) {
      cell.choose = effect_of(sums[0], b, control.next_token[b], cell.way);
      cell.report = effect_of(sums[1], b, control.next_token[b], cell.way);
      ++b;
    }
  }
  return {};
}

ConceptChoice best(const ConceptResult& result, ConceptSwitch way) {
  ConceptChoice choice;
  double highest = -HUGE_VAL;
  for (size_t l = 0; l < result.layers.size(); ++l) {
    const auto& cells = result.layers[l].cells;
    for (size_t c = 0; c < cells.size(); ++c) {
      if (cells[c].way != way || cells[c].choose.selectivity <= highest) {
        continue;
      }
      highest = cells[c].choose.selectivity;
      choice = {l, c};
    }
  }
  return choice;
}

// The sites of the hook at the layers asked for.
Result<std::vector<HookSite>> sites_of(const Model& model,
                                       const ConceptSpec& spec) {
  const auto layers =
      EXCISE_TRY(parse_layers(spec.layers, model.config.n_layers));
  std::vector<HookSite> sites;
  for (const HookSite& site :
       EXCISE_TRY(find_hooks(spec.hook, model.config.n_layers))) {
    if (std::ranges::find(layers, site.layer) != layers.end()) {
      sites.push_back(site);
    }
  }
  if (!sites.empty()) return sites;
  return fail(ErrorCode::kBadInput,
              {.where = "concept",
               .subject = "hook " + spec.hook,
               .expected = "one of a block, at the layers asked for",
               .found = "none"});
}

Result<ConceptResult> run(const Model& model, const ConceptSpec& spec,
                          const BasisSet* fitted, const Progress& progress) {
  const auto start = Clock::now();
  EXCISE_CHECK(check_concept_spec(spec));
  const BasisKind* kind = EXCISE_TRY(find_basis_kind(spec.method));
  ConceptResult result;
  result.spec = spec;
  result.threads = use_threads(spec.threads);
  const auto texts = EXCISE_TRY(encode_texts(model, spec.set));
  const auto sites = EXCISE_TRY(sites_of(model, spec));
  const auto fit = EXCISE_TRY(collect(model, texts, sites, true, progress));
  const auto rest = EXCISE_TRY(collect(model, texts, sites, false, progress));
  result.n_fitted = fit.front().classes.size();
  for (size_t s = 0; s < sites.size(); ++s) {
    LayerConcept& layer = result.layers.emplace_back();
    layer.layer = sites[s].layer;
    layer.hook = hook_name(sites[s]);
    if (fitted != nullptr) {
      layer.basis = EXCISE_TRY(fitted->get(layer.hook));
    } else {
      const MatrixActivations<float> activations(fit[s].values.view());
      layer.basis = EXCISE_TRY(
          kind->fit({activations,
                     fit[s].classes,
                     {.seed = spec.seed, .stream = sites[s].layer}}));
    }
    EXCISE_CHECK(probe_layer(fit[s], rest[s], layer));
    for (const ConceptSwitch way : {ConceptSwitch::kOff, ConceptSwitch::kOn}) {
      for (const double alpha : spec.alphas) {
        layer.cells.push_back(
            {.way = way, .alpha = alpha, .choose = {}, .report = {}});
      }
    }
  }
  EXCISE_CHECK(measure(model, sites.front().point, texts, progress, result));
  result.off = best(result, ConceptSwitch::kOff);
  result.on = best(result, ConceptSwitch::kOn);
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace

std::string_view concept_switch_name(ConceptSwitch way) {
  return way == ConceptSwitch::kOn ? "on" : "off";
}

Status check_concept_spec(const ConceptSpec& spec) {
  const auto refuse = [](std::string subject, std::string expected,
                         std::string found) {
    return fail(ErrorCode::kBadInput, {.where = "concept",
                                       .subject = std::move(subject),
                                       .expected = std::move(expected),
                                       .found = std::move(found)});
  };
  if (spec.method != "diff-means" && spec.method != "leace" &&
      spec.method != "ged") {
    return refuse("method", "diff-means, leace or ged", spec.method);
  }
  if (spec.alphas.empty() || spec.alphas.size() > 100) {
    return refuse("alpha", "1 to 100 numbers",
                  fmt::format("{}", spec.alphas.size()));
  }
  for (const double alpha : spec.alphas) {
    if (!(alpha > 0 && alpha <= 1000)) {
      return refuse("alpha", "numbers above 0, up to 1000",
                    fmt::format("{}", alpha));
    }
  }
  return {};
}

Result<ConceptResult> run_concept(const Model& model, const ConceptSpec& spec,
                                  const BasisSet* fitted,
                                  const Progress& progress) {
  try {
    return run(model, spec, fitted, progress);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "concept",
                 .subject = "memory",
                 .found = "less than these texts and this model need",
                 .hint = "set --memory-limit or take fewer --layers"});
  }
}

BasisSet concept_bases(const Model& model, const std::string& model_name,
                       const std::string& program_version,
                       const ConceptResult& result) {
  Fingerprint fingerprint;
  fingerprint.add(concept_to_toml(result.spec.set));
  BasisSet set;
  set.basis = result.spec.method;
  set.provenance.program_version = program_version;
  set.provenance.model = model_name;
  set.provenance.model_fingerprint = model.weights.file().fingerprint();
  set.provenance.text_fingerprint = fingerprint.hex();
  set.provenance.n_tokens = result.n_fitted;
  set.provenance.options["concept"] = result.spec.set.name;
  if (const LinearParts* parts = linear_parts(*result.layers.front().basis)) {
    set.provenance.options["centre"] = mean_name(parts->op.centre);
    set.provenance.options["restore"] = mean_name(parts->op.restore);
  }
  for (const LayerConcept& layer : result.layers) {
    set.hooks.emplace_back(layer.hook, layer.basis);
  }
  return set;
}

}  // namespace excise
