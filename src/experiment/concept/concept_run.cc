#include "experiment/concept/concept_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <optional>

#include "core/threads.h"
#include "experiment/common/number_lists.h"
#include "experiment/common/token_selection.h"
#include "experiment/concept/concept_choice.h"
#include "experiment/concept/concept_draws.h"
#include "experiment/concept/concept_measure.h"
#include "experiment/concept/concept_texts.h"
#include "experiment/concept/concept_tokens.h"
#include "fit/basis_source.h"
#include "intervention/bases/registry.h"
#include "io/fingerprint.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

Status measure(const Model& model, HookPoint point, const EncodedConcept& words,
               const Progress& progress, ConceptResult& result) {
  const Positions& positions = result.spec.positions;
  std::vector<ConceptBranch> edits;
  for (const LayerConcept& layer : result.layers) {
    for (const ConceptCell& cell : layer.cells) {
      edits.push_back({layer.layer, layer.basis.get(), cell.way, cell.alpha});
    }
  }
  const MeasuredConcept measured =
      EXCISE_TRY(measure_concept(model, result.spec, point, words, edits,
                                 std::nullopt, progress, result.audit));
  size_t e = 0;
  for (LayerConcept& layer : result.layers) {
    for (ConceptCell& cell : layer.cells) {
      cell.choose = effect_of(measured, words, positions, e,
                              {TextUse::kChoose, cell.way});
      cell.report = effect_of(measured, words, positions, e++,
                              {TextUse::kReport, cell.way});
    }
  }
  const auto tokens = control_tokens(words, positions, TextUse::kReport);
  result.n_control_report = tokens.size();
  result.n_control_choose =
      control_tokens(words, positions, TextUse::kChoose).size();
  result.perplexity_clean = std::exp(
      -mean_interval(chosen(measured.control.clean_next_token, tokens)).mean);
  return {};
}

Status choose_and_draw(const Model& model, HookPoint point,
                       const EncodedConcept& words,
                       std::span<const ConceptTokens> fit,
                       const Progress& progress, ConceptResult& result) {
  for (const ConceptSwitch way : {ConceptSwitch::kOff, ConceptSwitch::kOn}) {
    const bool off = way == ConceptSwitch::kOff;
    ConceptChoice& choice = off ? result.off : result.on;
    choice = choose_cell(result.layers, way, result.spec.max_damage);
    (off ? result.off_draws : result.on_draws) = EXCISE_TRY(draw_concept(
        model, point, words, fit[choice.layer], choice, progress, result));
  }
  return check_branches(result.audit, "concept");
}

// The sites of the hook at the layers asked for.
Result<std::vector<HookSite>> sites_of(const Model& model,
                                       const ConceptSpec& spec) {
  const auto layers =
      EXCISE_TRY(parse_layers(spec.layers, model.config.n_layers));
  std::vector<HookSite> sites;
  for (const HookSite& site : EXCISE_TRY(find_hooks(spec.hook, model.config))) {
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
Result<std::shared_ptr<const Decomposition>> basis_of(
    const ConceptSpec& spec, const BasisSet* file, const HookSite& site,
    const ConceptTokens& tokens) {
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
  BasisProvenance fit;
  fit.model_fingerprint = model.fingerprint();
  fit.text_fingerprint = concept_fingerprint(spec.set);
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
    EXCISE_CHECK(
        check_stated_basis(spec.basis_fingerprint, *file, spec.basis_file));
  }
  EXCISE_CHECK(check_concept_spec(result.spec));
  result.threads = use_threads(spec.threads);
  const auto words = EXCISE_TRY(encode_concept(model, spec.set));
  const auto sites = EXCISE_TRY(sites_of(model, spec));
  const auto fit =
      EXCISE_TRY(collect_tokens(model, words.texts, sites, true, progress));
  const auto rest =
      EXCISE_TRY(collect_tokens(model, words.texts, sites, false, progress));
  result.n_fitted = fit.front().classes.size();
  for (size_t s = 0; s < sites.size(); ++s) {
    LayerConcept& layer = result.layers.emplace_back();
    layer.layer = sites[s].layer;
    layer.hook = hook_name(sites[s]);
    layer.basis =
        EXCISE_TRY(basis_of(spec, file ? &*file : nullptr, sites[s], fit[s]));
    for (const ConceptSwitch way : {ConceptSwitch::kOff, ConceptSwitch::kOn}) {
      for (const double alpha : spec.alphas) {
        layer.cells.push_back({way, alpha, {}, {}, std::nullopt});
      }
    }
    EXCISE_CHECK(probe_layer(fit[s], rest[s], layer));
    progress.advance("directions", s + 1, sites.size());
  }
  result.fit = file ? file->provenance : provenance_of(model, result);
  EXCISE_CHECK(measure(model, sites.front().point, words, progress, result));
  EXCISE_CHECK(choose_and_draw(model, sites.front().point, words, fit, progress,
                               result));
  EXCISE_CHECK(add_samples(model, words.prompts, progress, result));
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace

Result<ConceptResult> run_concept(const Model& model, const ConceptSpec& spec,
                                  const Progress& progress) {
  try {
    constexpr bool kEnds = true;  // of the continuations
    EXCISE_CHECK(model.check_experiment(
        spec.model_fingerprint, spec.tokenizer_fingerprint, spec.model, kEnds));
    ConceptResult result = EXCISE_TRY(run(model, spec, progress));
    result.spec.model_fingerprint = model.fingerprint();
    result.spec.tokenizer_fingerprint = model.tokenizer_fingerprint(kEnds);
    return result;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "concept",
                 .subject = "memory",
                 .found = "less than these texts and this model need",
                 .hint = "set --memory-limit or take fewer --layers"});
  }
}

std::string concept_fingerprint(const ConceptSet& set) {
  Fingerprint fingerprint;
  fingerprint.add(concept_to_toml(set));
  return fingerprint.hex();
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
