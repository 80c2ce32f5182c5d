#include "experiment/sweep/sweep_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "experiment/common/bundled.h"
#include "experiment/common/number_lists.h"
#include "experiment/sweep/evidence.h"
#include "model/forward.h"

namespace excise {
namespace {

// The ids of the text, checked against the model.
Result<std::vector<int>> tokenize(const Model& model, const Spec& spec) {
  std::vector<int> ids = spec.ids;
  if (ids.empty() && !spec.text.empty()) {
    if (!model.tokenizer) {
      return fail(ErrorCode::kBadInput,
                  {.where = "sweep",
                   .subject = "text",
                   .expected = "a model folder with vocab.json and merges.txt, "
                               "or tokenizer.json",
                   .found = "none of them",
                   .hint = "save its tokenizer into the folder too, or give "
                           "token ids with excise sweep --ids"});
    }
    ids = EXCISE_TRY(model.tokenizer->encode(spec.text));
  }
  if (ids.size() > model.config.n_ctx && !spec.text.empty()) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "sweep",
         .subject = "text",
         .expected = "at most " + std::to_string(model.config.n_ctx) +
                     " tokens, the context of this model",
         .found = std::to_string(ids.size()),
         .hint = "excise sweep --corpus FILE takes a text of any length: it "
                 "fits on four fifths and sweeps a window of the rest"});
  }
  EXCISE_CHECK(check_ids(model.config, ids));
  return ids;
}

Result<std::optional<OtherText>> resolve_other(const Model& model,
                                               const Spec& spec,
                                               std::span<const int> ids) {
  if (spec.swap.empty()) return std::optional<OtherText>();
  Spec other = spec;
  other.ids.clear();
  other.text = spec.swap;
  auto tokens = tokenize(model, other);
  if (!tokens) {
    Error error = std::move(tokens).error();
    error.message += " (the text to swap with)";
    return tl::unexpected<Error>(std::move(error));
  }
  return std::optional(EXCISE_TRY(align(ids, std::move(*tokens))));
}

// Layers that are edited together must be swept too.
Result<LayerSets> resolve_together(const Spec& spec, const Model& model,
                                   std::span<const size_t> layers) {
  LayerSets sets =
      EXCISE_TRY(parse_layer_sets(spec.together, model.config.n_layers));
  for (const std::vector<size_t>& set : sets) {
    for (const size_t layer : set) {
      if (std::ranges::find(layers, layer) != layers.end()) continue;
      return fail(
          ErrorCode::kBadInput,
          {.where = "sweep",
           .subject = "layer " + std::to_string(layer) + " of --together",
           .expected = "one of the swept layers",
           .hint = "give --layers with all of them"});
    }
  }
  return sets;
}

Result<std::vector<uint8_t>> resolve_tokens(const Spec& spec,
                                            const Model& model,
                                            std::span<const int> ids) {
  if (spec.tokens.all()) return std::vector<uint8_t>();
  std::vector<std::string> pieces(ids.size());
  if (!spec.tokens.pattern.empty() && !model.tokenizer) {
    return fail(ErrorCode::kBadInput, {.where = "sweep",
                                       .subject = "token pattern",
                                       .expected = "a model with a tokenizer",
                                       .found = "none",
                                       .hint = "take --positions"});
  }
  for (size_t t = 0; t < ids.size() && !spec.tokens.pattern.empty(); ++t)
    pieces[t] = EXCISE_TRY(model.tokenizer->decode(ids.subspan(t, 1)));
  return select_tokens(spec.tokens, pieces);
}

// The detail layer must be one of the swept ones; the middle one by default.
Result<size_t> resolve_detail_layer(const Spec& spec,
                                    std::span<const size_t> layers) {
  if (!spec.detail_layer) return layers[layers.size() / 2];
  if (std::find(layers.begin(), layers.end(), *spec.detail_layer) !=
      layers.end()) {
    return *spec.detail_layer;
  }
  return fail(ErrorCode::kBadInput,
              {.where = "sweep",
               .subject = "detail layer",
               .expected = "one of the swept layers",
               .found = std::to_string(*spec.detail_layer),
               .hint = "--detail-layer takes a layer of --layers"});
}

// What is swept of a further text.
Spec of_further_text(const Spec& spec, const std::string& text) {
  Spec one = spec;
  one.text = text;
  one.further_texts.clear();
  one.together.clear();
  one.cells = Cells::kPreset;
  one.swap.clear();
  one.dormant_share = false;
  return one;
}

// Says which of several texts cannot be swept.
Error of_text(Error error, const Spec& spec, size_t i) {
  if (!spec.further_texts.empty())
    error.message += " (" + text_name(spec, i) + ")";
  return error;
}

// The bases have decided what hangs on them.
Result<SweepPlan> resolve_text(const Model& model, Spec spec,
                               std::shared_ptr<const LayerBases> bases) {
  SweepPlan plan;
  plan.removal = bases->removal();
  plan.ids = EXCISE_TRY(tokenize(model, spec));
  plan.other = EXCISE_TRY(resolve_other(model, spec, plan.ids));
  plan.classes = EXCISE_TRY(bases->classes_of(model, plan.ids));
  plan.layers = EXCISE_TRY(parse_layers(spec.layers, model.config.n_layers));
  plan.detail_layer = EXCISE_TRY(resolve_detail_layer(spec, plan.layers));
  plan.no_op_layer = plan.layers[plan.layers.size() / 2];
  plan.together = EXCISE_TRY(resolve_together(spec, model, plan.layers));
  plan.edited = EXCISE_TRY(resolve_tokens(spec, model, plan.ids));
  plan.branches = plan_branches(spec, plan.removal, plan.layers, plan.together,
                                plan.no_op_layer);
  plan.bases = std::move(bases);
  plan.spec = std::move(spec);
  plan.spec.detail_layer = plan.detail_layer;
  return plan;
}

}  // namespace

bool says_what_is_read(const Spec& spec) {
  return !spec.text.empty() || !spec.ids.empty() || !spec.source.corpus.empty();
}

Result<Spec> with_default_text(Spec spec, std::string_view model_name,
                               std::string_view text) {
  if (says_what_is_read(spec)) return spec;
  spec.text = model_name == kBundledModel ? bundled_text() : text;
  if (!spec.text.empty()) return spec;
  return fail(ErrorCode::kBadInput,
              {.where = "sweep",
               .subject = "text",
               .expected = "a text or token ids",
               .found = "none",
               .hint = "give --text, --text-file, --ids, or - for standard "
                       "input"});
}

Result<TextPlanner> TextPlanner::prepare(const Model& model, const Spec& spec,
                                         const Progress& progress) {
  EXCISE_CHECK(model.check_experiment(spec.model_fingerprint,
                                      spec.tokenizer_fingerprint, spec.model));
  EXCISE_TRY(resolve_compute(spec.compute, "sweep"));
  return TextPlanner(
      model, std::make_shared<const LayerBases>(EXCISE_TRY(
                 LayerBases::prepare(model, with_evidence(spec), progress))));
}

Result<SweepPlan> TextPlanner::plan(std::vector<int> ids) const {
  Spec spec = bases_->spec();
  spec.ids = std::move(ids);
  SweepPlan plan = EXCISE_TRY(resolve_text(model_, std::move(spec), bases_));
  plan.shared = shared_;
  return plan;
}

Status TextPlanner::share_controls_of(SweepPlan& plan,
                                      const Progress& progress) {
  std::vector<std::vector<int>> texts = {plan.ids};
  std::vector<size_t> tokens = {plan.ids.size()};
  for (const SweepPlan& one : plan.further) {
    texts.push_back(one.ids);
    tokens.push_back(one.ids.size());
  }
  std::vector<std::vector<int>> drawn;
  for (const size_t i : drawn_texts(tokens, plan.spec.seed))
    drawn.push_back(texts[i]);
  EXCISE_CHECK(share_controls(plan, drawn, progress));
  plan.shared = shared_;
  for (SweepPlan& one : plan.further) one.shared = shared_;
  return {};
}

Status TextPlanner::share_controls(const SweepPlan& any,
                                   std::span<const std::vector<int>> texts,
                                   const Progress& progress) {
  if (any.branches.draws.empty() || any.spec.source.this_text()) return {};
  shared_ = std::make_shared<const SharedControls>(EXCISE_TRY(shared_controls(
      model_, *bases_, any.layers, any.branches.draws, texts, progress)));
  return {};
}

Result<SweepPlan> resolve(const Model& model, const Spec& spec,
                          const Progress& progress) {
  TextPlanner planner = EXCISE_TRY(TextPlanner::prepare(model, spec, progress));
  const auto& bases = planner.bases();
  auto first = resolve_text(model, bases->spec(), bases);
  if (!first)
    return tl::unexpected<Error>(of_text(std::move(first).error(), spec, 0));
  SweepPlan plan = std::move(*first);
  for (const std::string& text : spec.further_texts) {
    auto one = resolve_text(model, of_further_text(bases->spec(), text), bases);
    if (!one) {
      return tl::unexpected<Error>(
          of_text(std::move(one).error(), spec, 1 + plan.further.size()));
    }
    plan.further.push_back(std::move(*one));
  }
  if (!plan.further.empty())
    EXCISE_CHECK(planner.share_controls_of(plan, progress));
  return plan;
}

}  // namespace excise
