#include "experiment/concept/concept_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <optional>

#include "core/threads.h"
#include "experiment/concept/concept_effects.h"
#include "experiment/concept/concept_texts.h"
#include "experiment/concept/probe.h"
#include "experiment/spec.h"
#include "intervention/bases/registry.h"
#include "io/fingerprint.h"
#include "model/forward.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

// Added to the loss of the control text, so that an edit that does next to
// nothing is not the most selective one; nats a token.
constexpr double kSelectivityFloor = 0.02;

// Activations of some texts at one layer: of the tokens in a class.
struct Tokens {
  Matrix<float> values;      // [tokens, width]
  std::vector<int> classes;  // [tokens]
  std::vector<int> pairs;    // [tokens]
};

// [sites] of the texts of one kind of use. fit: those that are fitted on, else
// all others.
Result<std::vector<Tokens>> collect(const Model& model,
                                    std::span<const ConceptText> texts,
                                    std::span<const HookSite> sites, bool fit,
                                    const Progress& progress) {
  std::vector<const ConceptText*> taken;
  Tokens labels;
  for (const ConceptText& text : texts) {
    if ((text.use == TextUse::kFit) != fit) continue;
    taken.push_back(&text);
    for (const int label : text.classes) {
      if (label < 0) continue;
      labels.classes.push_back(label);
      labels.pairs.push_back(static_cast<int>(text.pair));
    }
  }
  std::vector<Tokens> collected(sites.size());
  for (Tokens& one : collected) {
    one.classes = labels.classes;
    one.pairs = labels.pairs;
  }
  size_t first = 0;
  for (size_t i = 0; i < taken.size(); ++i) {
    const ConceptText& text = *taken[i];
    size_t end = first;
    std::vector<Hook> hooks;
    for (size_t s = 0; s < sites.size(); ++s) {
      hooks.push_back(
          {hook_name(sites[s]),
           [&, s](const HookSite&, MatrixView<float> value) -> Status {
             Matrix<float>& out = collected[s].values;
             if (out.empty()) {
               out = Matrix<float>(labels.classes.size(), value.cols());
             }
             end = first;
             for (size_t t = 0; t < value.rows(); ++t) {
               if (text.classes[t] < 0) continue;
               std::ranges::copy(value.row(t), out.row(end++).begin());
             }
             return {};
           }});
    }
    EXCISE_TRY(
        run_forward(model.config, model.weights, text.ids, hooks, progress));
    first = end;
    progress.advance(fit ? "fit" : "probe", i + 1, taken.size());
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

ConceptEffect effect_of(double own, double control, double control_text,
                        ConceptSwitch way) {
  const double wanted = way == ConceptSwitch::kOff ? own : -own;
  return {.own_words = own,
          .control_words = control,
          .control_text = control_text,
          .selectivity = wanted / (kSelectivityFloor + std::abs(control_text))};
}

// Means over the texts of one use that judge this switch.
ConceptEffect effect_in(std::span<const ConceptText> texts,
                        std::span<const TextEffect> effects, TextUse use,
                        size_t branch, double control_text, ConceptSwitch way) {
  double own = 0, control = 0, count = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].use != use || !texts[i].judges(way)) continue;
    own += effects[i].own_words[branch];
    control += effects[i].control_words[branch];
    ++count;
  }
  return effect_of(own / count, control / count, control_text, way);
}

Status measure(const Model& model, HookPoint point, const EncodedConcept& words,
               const Progress& progress, ConceptResult& result) {
  const ConceptSpec& spec = result.spec;
  const TextEffect control = EXCISE_TRY(
      measure_text(model, spec, point, result.layers, words.control_text, {},
                   {}, progress, result.audit));
  result.perplexity_clean = std::exp(-control.clean_next_token);
  std::vector<TextEffect> effects(words.texts.size());
  for (size_t i = 0; i < words.texts.size(); ++i) {
    const ConceptText& text = words.texts[i];
    if (text.use == TextUse::kFit) continue;
    effects[i] = EXCISE_TRY(measure_text(
        model, spec, point, result.layers, text.ids, words.words,
        words.control_words, part_of(progress, "texts", i, words.texts.size()),
        result.audit));
  }
  EXCISE_CHECK(check_branches(result.audit, "concept"));
  size_t b = 0;
  for (LayerConcept& layer : result.layers) {
    for (ConceptCell& cell : layer.cells) {
      for (const TextUse use : {TextUse::kChoose, TextUse::kReport}) {
        (use == TextUse::kChoose ? cell.choose : cell.report) = effect_in(
            words.texts, effects, use, b, control.next_token[b], cell.way);
      }
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

// Fitted on these tokens; file: or taken from it.
Result<std::shared_ptr<const Decomposition>> basis_of(const ConceptSpec& spec,
                                                      const BasisSet* file,
                                                      const HookSite& site,
                                                      const Tokens& tokens) {
  if (file != nullptr) {
    auto basis = EXCISE_TRY(file->get(hook_name(site)));
    EXCISE_CHECK(check_neurons(*basis, tokens.values));
    return basis;
  }
  const BasisKind* kind = EXCISE_TRY(find_basis_kind(spec.method));
  const MatrixActivations<float> activations(tokens.values.view());
  return EXCISE_TRY(kind->fit({activations,
                               tokens.classes,
                               {.seed = spec.seed, .stream = site.layer},
                               tokens.pairs}));
}

BasisProvenance provenance_of(const Model& model, const ConceptResult& result) {
  const ConceptSpec& spec = result.spec;
  Fingerprint fingerprint;
  fingerprint.add(concept_to_toml(spec.set));
  BasisProvenance fit;
  fit.model_fingerprint = model.fingerprint();
  fit.text_fingerprint = fingerprint.hex();
  fit.n_tokens = result.n_fitted;
  fit.options["concept"] = spec.set.name;
  if (const LinearParts* parts = linear_parts(*result.layers.front().basis)) {
    fit.options["centre"] = mean_name(parts->op.centre);
    fit.options["restore"] = mean_name(parts->op.restore);
  }
  return fit;
}

Status add_samples(const Model& model,
                   const std::vector<std::vector<int>>& prompts,
                   const Progress& progress, ConceptResult& result) {
  const ConceptSpec& spec = result.spec;
  const BasisSet bases = concept_bases(result);
  std::vector<Edit> edits;
  for (const ConceptChoice& choice : {result.off, result.on}) {
    edits.push_back(EXCISE_TRY(Edit::create(
        concept_edit(result, choice, "the concept"), bases, model)));
  }
  const GenerationOptions options{.max_tokens = spec.sample_tokens,
                                  .sampling = {.temperature = spec.temperature},
                                  .seed = spec.seed};
  result.samples =
      EXCISE_TRY(continue_prompts(model, prompts, edits, options, progress));
  return {};
}

Result<ConceptResult> run(const Model& model, const ConceptSpec& spec,
                          const Progress& progress) {
  const auto start = Clock::now();
  ConceptResult result;
  result.spec = spec;
  std::optional<BasisSet> file;
  if (!spec.basis_file.empty()) {
    file = EXCISE_TRY(read_basis_file(spec.basis_file));
    EXCISE_CHECK(file->check_model(
        model.fingerprint_like(file->provenance.model_fingerprint),
        spec.basis_file));
    result.spec.method = file->basis;
  }
  EXCISE_CHECK(check_concept_spec(result.spec));
  result.threads = use_threads(spec.threads);
  const auto words = EXCISE_TRY(encode_concept(model, spec.set));
  const auto sites = EXCISE_TRY(sites_of(model, spec));
  const auto fit =
      EXCISE_TRY(collect(model, words.texts, sites, true, progress));
  const auto rest =
      EXCISE_TRY(collect(model, words.texts, sites, false, progress));
  result.n_fitted = fit.front().classes.size();
  for (size_t s = 0; s < sites.size(); ++s) {
    LayerConcept& layer = result.layers.emplace_back();
    layer.layer = sites[s].layer;
    layer.hook = hook_name(sites[s]);
    layer.basis =
        EXCISE_TRY(basis_of(spec, file ? &*file : nullptr, sites[s], fit[s]));
    EXCISE_CHECK(probe_layer(fit[s], rest[s], layer));
    for (const ConceptSwitch way : {ConceptSwitch::kOff, ConceptSwitch::kOn}) {
      for (const double alpha : spec.alphas) {
        layer.cells.push_back(
            {.way = way, .alpha = alpha, .choose = {}, .report = {}});
      }
    }
    progress.advance("directions", s + 1, sites.size());
  }
  result.fit = file ? file->provenance : provenance_of(model, result);
  EXCISE_CHECK(measure(model, sites.front().point, words, progress, result));
  result.off = best(result, ConceptSwitch::kOff);
  result.on = best(result, ConceptSwitch::kOn);
  EXCISE_CHECK(add_samples(model, words.prompts, progress, result));
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace

Result<ConceptResult> run_concept(const Model& model, const ConceptSpec& spec,
                                  const Progress& progress) {
  try {
    EXCISE_CHECK(model.check_experiment(spec.model_fingerprint, spec.model));
    ConceptResult result = EXCISE_TRY(run(model, spec, progress));
    result.spec.model_fingerprint = model.fingerprint();
    return result;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "concept",
                 .subject = "memory",
                 .found = "less than these texts and this model need",
                 .hint = "set --memory-limit or take fewer --layers"});
  }
}

BasisSet concept_bases(const ConceptResult& result) {
  BasisSet set;
  set.basis = result.spec.method;
  set.provenance = result.fit;
  for (const LayerConcept& layer : result.layers) {
    set.hooks.emplace_back(layer.hook, layer.basis);
  }
  return set;
}

EditSpec concept_edit(const ConceptResult& result, const ConceptChoice& choice,
                      const std::filesystem::path& basis) {
  const ConceptCell& cell = result.cell_of(choice);
  EditSpec edit;
  edit.hook = result.layer_of(choice).hook;
  edit.basis = basis;
  edit.action =
      cell.way == ConceptSwitch::kOff ? EditAction::kRemove : EditAction::kAdd;
  edit.strength = cell.alpha;
  edit.positions = result.spec.positions;
  return edit;
}

}  // namespace excise
