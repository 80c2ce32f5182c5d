#include "experiment/sweep/layer_bases.h"

#include <algorithm>
#include <utility>

#include "experiment/common/number_lists.h"
#include "fit/basis_fit.h"
#include "intervention/bases/read_basis.h"
#include "intervention/bases/registry.h"
#include "intervention/bases/svd.h"
#include "io/text_file.h"
#include "model/activation_pass.h"
#include "run/edit_place.h"

namespace excise {
namespace {

// "3,5" of the layers at which the set has a basis for this kind of hook.
Result<std::string> layers_of(const BasisSet& set, HookPoint point,
                              size_t n_layers) {
  std::string layers;
  size_t count = 0;
  for (size_t l = 0; l < n_layers; ++l) {
    if (!set.find(hook_name({point, l}))) continue;
    layers += (layers.empty() ? "" : ",") + std::to_string(l);
    ++count;
  }
  // For the error that names the hooks there are.
  if (count == 0) EXCISE_TRY(set.get(edit_place_name(point)));
  return count == n_layers ? std::string("all") : layers;
}

// Whether the text of the sweep is none of those of the fit; nothing where one
// of them is not known.
std::optional<bool> is_another_text(const Spec& spec,
                                    const BasisProvenance& fit) {
  if (spec.text.empty() || fit.text_fingerprint.empty()) return std::nullopt;
  std::vector<std::string> texts = {spec.text};
  texts.insert(texts.end(), spec.further_texts.begin(),
               spec.further_texts.end());
  return std::ranges::none_of(texts, [&](const std::string& text) {
    return fit.text_fingerprint.find(text_fingerprint({text})) !=
           std::string::npos;
  });
}

// The basis of this hook must be as wide as the hook.
Status check_width(const BasisSet& set, const std::string& hook, size_t width,
                   const std::string& source) {
  const size_t found = EXCISE_TRY(set.get(hook))->n_neurons();
  if (found == width) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "basis",
               .subject = source + ": " + hook,
               .expected = "as many columns as this model has there, " +
                           std::to_string(width),
               .found = std::to_string(found)});
}

// Refuses another content of the file than `stated`, which then has that of
// this one.
Status check_text(const std::string& file, const std::string& text,
                  std::string_view key, std::string& stated) {
  std::string found = text_fingerprint({text});
  EXCISE_CHECK(check_stated_text(stated, found, file, key));
  stated = std::move(found);
  return {};
}

FitOptions fit_options(const Spec& spec, size_t layer) {
  FitOptions options;
  options.removal = spec.removal;
  options.components = spec.source.components;
  options.shrinkage = spec.source.shrinkage;
  options.seed = spec.seed;
  options.stream = layer;
  return options;
}

}  // namespace

Result<LayerBases> LayerBases::prepare(const Model& model,
                                       const Progress& progress, Spec& spec) {
  LayerBases bases;
  const BasisSource& source = spec.source;
  if (source.given || !source.file.empty()) {
    EXCISE_CHECK(bases.take_set(model, spec));
  } else if (!source.this_text()) {
    EXCISE_CHECK(bases.fit_elsewhere(model, progress, spec));
  } else {
    bases.origin_.source = "this text";
    bases.origin_.held_out = false;
  }
  bases.origin_.basis = spec.basis;
  return bases;
}

Status LayerBases::take_set(const Model& model, Spec& spec) {
  const BasisSource& source = spec.source;
  const std::string path = source.given ? "basis" : source.file;
  if (source.given) {
    set_ = *source.given;
  } else {
    set_ = EXCISE_TRY(read_basis(path));
    EXCISE_CHECK(check_stated_basis(source.file_fingerprint, *set_, path));
    spec.source.file_fingerprint = EXCISE_TRY(content_fingerprint(*set_, path));
  }
  EXCISE_CHECK(set_->check_model(
      model.fingerprint_like(set_->provenance.model_fingerprint), path));
  const std::string found =
      EXCISE_TRY(layers_of(*set_, spec.hook, model.config.n_layers));
  if (spec.layers == "all") spec.layers = found;
  for (const size_t layer :
       EXCISE_TRY(parse_layers(spec.layers, model.config.n_layers)))
    EXCISE_CHECK(check_width(*set_, hook_name({spec.hook, layer}),
                             hook_width(model.config, spec.hook), path));
  spec.basis = set_->basis;
  const LinearParts* parts = linear_parts(*set_->hooks.front().second);
  if (parts != nullptr && spec.basis == "svd") spec.removal = parts->op;
  origin_.source = "file";
  origin_.provenance = set_->provenance;
  origin_.held_out = is_another_text(spec, set_->provenance);
  return {};
}

Status LayerBases::fit_elsewhere(const Model& model, const Progress& progress,
                                 Spec& spec) {
  const BasisSource& source = spec.source;
  FitSpec fit;
  fit.basis = spec.basis;
  fit.hook = edit_place_name(spec.hook);
  fit.options = fit_options(spec, 0);
  fit.text.class_tokens = source.class_tokens;
  fit.text.text_is_class = !source.class_files.empty();
  fit.text.must_hold_out = !source.corpus.empty();
  const auto files = fit.text.text_is_class
                         ? source.class_files
                         : std::vector<std::string>{source.corpus};
  for (const std::string& file : files) {
    PlainText read = EXCISE_TRY(read_plain_text(file));
    origin_.windows_line_ends += read.windows_line_ends;
    fit.text.texts.push_back(std::move(read.text));
  }
  if (fit.text.text_is_class) {
    auto& stated = spec.source.class_fingerprints;
    stated.resize(files.size());
    for (size_t i = 0; i < files.size(); ++i) {
      EXCISE_CHECK(check_text(files[i], fit.text.texts[i], "class_fingerprints",
                              stated[i]));
    }
  } else {
    EXCISE_CHECK(check_text(source.corpus, fit.text.texts.front(),
                            "corpus_fingerprint",
                            spec.source.corpus_fingerprint));
  }
  const FitText text = EXCISE_TRY(prepare_fit_text(model, fit.text));
  // Without a text of its own the sweep reads what was held out.
  const bool own_text = !spec.text.empty() || !spec.ids.empty();
  if (!own_text && !source.corpus.empty()) {
    spec.ids = text.held_out.ids.back().size() < text.held_out.ids[0].size()
                   ? text.held_out.ids[0]
                   : text.held_out.ids.back();
  }
  fit.layers = EXCISE_TRY(parse_layers(spec.layers, model.config.n_layers));
  BasisFit fitted = EXCISE_TRY(fit_basis(model, fit, text, progress));
  set_ = std::move(fitted.set);
  origin_.source = source.corpus.empty() ? "class files" : "corpus";
  origin_.provenance = set_->provenance;
  origin_.held_out_tokens = fitted.held_out_tokens;
  const bool held_out_window =
      std::ranges::count(text.held_out.ids, spec.ids) > 0;
  origin_.held_out =
      held_out_window ? true : is_another_text(spec, set_->provenance);
  return {};
}

Status LayerBases::set_text(const Model& model, const Spec& spec,
                            const std::vector<int>& ids) {
  if (set_ || spec.source.class_tokens.empty()) return {};
  if (!model.tokenizer) {
    return fail(ErrorCode::kBadInput, {.where = "sweep",
                                       .subject = "class tokens",
                                       .expected = "a model with a tokenizer",
                                       .found = "one without"});
  }
  classes_ = EXCISE_TRY(
      classes_by_pattern(*model.tokenizer, ids, spec.source.class_tokens));
  return {};
}

Result<std::shared_ptr<const Decomposition>> LayerBases::at(
    const Spec& spec, size_t layer, MatrixView<const float> a) const {
  if (set_) {
    auto basis = EXCISE_TRY(set_->get(hook_name({spec.hook, layer})));
    EXCISE_CHECK(check_neurons(*basis, a));
    return basis;
  }
  if (spec.source.fit) {
    auto basis = EXCISE_TRY(spec.source.fit(layer, a));
    EXCISE_CHECK(check_neurons(*basis, a));
    return basis;
  }
  if (spec.basis == "svd") return EXCISE_TRY(fit_text_svd(a, spec.removal));
  const BasisKind& kind = *EXCISE_TRY(find_basis_kind(spec.basis));
  const MatrixActivations<float> activations(a);
  return EXCISE_TRY(
      kind.fit({activations, classes_, fit_options(spec, layer)}));
}

}  // namespace excise
