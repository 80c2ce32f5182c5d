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

}  // namespace

FitOptions LayerBases::fit_options(size_t layer) const {
  FitOptions options;
  options.removal = removal_;
  options.components = spec_.source.components.value_or(0);
  options.shrinkage = spec_.source.shrinkage;
  options.seed = spec_.seed;
  options.stream = layer;
  return options;
}

Result<LayerBases> LayerBases::prepare(const Model& model, const Spec& spec,
                                       const Progress& progress) {
  LayerBases bases;
  bases.spec_ = spec;
  const NamedRemoval chosen = EXCISE_TRY(removal_of(spec));
  bases.removal_ = chosen.removal;
  if (!chosen.name.empty()) {
    bases.spec_.preset = chosen.name;
    bases.spec_.centre = mean_name(chosen.removal.centre);
    bases.spec_.restore = mean_name(chosen.removal.restore);
  }
  const BasisSource& source = spec.source;
  if (source.given || !source.file.empty()) {
    EXCISE_CHECK(bases.take_set(model));
  } else if (!source.this_text()) {
    EXCISE_CHECK(bases.fit_elsewhere(model, progress));
  } else {
    bases.origin_.source = "this text";
    bases.origin_.held_out = false;
  }
  bases.origin_.basis = bases.spec_.basis;
  return bases;
}

Status LayerBases::take_set(const Model& model) {
  BasisSource& source = spec_.source;
  const std::string path = source.given ? "basis" : source.file;
  if (source.given) {
    set_ = *source.given;
  } else {
    set_ = EXCISE_TRY(read_basis(path));
    EXCISE_CHECK(check_stated_basis(source.file_fingerprint, *set_, path));
    source.file_fingerprint = EXCISE_TRY(content_fingerprint(*set_, path));
  }
  EXCISE_CHECK(set_->check_model(
      model.fingerprint_like(set_->provenance.model_fingerprint), path));
  const std::string found =
      EXCISE_TRY(layers_of(*set_, spec_.hook, model.config.n_layers));
  if (spec_.layers == "all") spec_.layers = found;
  for (const size_t layer :
       EXCISE_TRY(parse_layers(spec_.layers, model.config.n_layers)))
    EXCISE_CHECK(check_width(*set_, hook_name({spec_.hook, layer}),
                             hook_width(model.config, spec_.hook), path));
  spec_.basis = set_->basis;
  const LinearParts* parts = linear_parts(*set_->hooks.front().second);
  if (parts != nullptr && spec_.basis == "svd") removal_ = parts->op;
  origin_.source = "file";
  origin_.provenance = set_->provenance;
  origin_.held_out = is_another_text(spec_, set_->provenance);
  return {};
}

Status LayerBases::fit_elsewhere(const Model& model, const Progress& progress) {
  BasisSource& source = spec_.source;
  FitSpec fit;
  fit.basis = spec_.basis;
  fit.hook = edit_place_name(spec_.hook);
  fit.options = fit_options(0);
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
    auto& stated = source.class_fingerprints;
    stated.resize(files.size());
    for (size_t i = 0; i < files.size(); ++i) {
      EXCISE_CHECK(check_text(files[i], fit.text.texts[i], "class_fingerprints",
                              stated[i]));
    }
  } else {
    EXCISE_CHECK(check_text(source.corpus, fit.text.texts.front(),
                            "corpus_fingerprint", source.corpus_fingerprint));
  }
  const FitText text = EXCISE_TRY(prepare_fit_text(model, fit.text));
  // Without a text of its own the sweep reads what was held out.
  const bool own_text = !spec_.text.empty() || !spec_.ids.empty();
  if (!own_text && !source.corpus.empty()) {
    spec_.ids = text.held_out.ids.back().size() < text.held_out.ids[0].size()
                    ? text.held_out.ids[0]
                    : text.held_out.ids.back();
  }
  fit.layers = EXCISE_TRY(parse_layers(spec_.layers, model.config.n_layers));
  BasisFit fitted = EXCISE_TRY(fit_basis(model, fit, text, progress));
  set_ = std::move(fitted.set);
  origin_.source = source.corpus.empty() ? "class files" : "corpus";
  origin_.provenance = set_->provenance;
  origin_.held_out_tokens = fitted.held_out_tokens;
  const bool held_out_window =
      std::ranges::count(text.held_out.ids, spec_.ids) > 0;
  origin_.held_out =
      held_out_window ? true : is_another_text(spec_, set_->provenance);
  return {};
}

Result<std::vector<int>> LayerBases::classes_of(
    const Model& model, std::span<const int> ids) const {
  if (set_ || spec_.source.class_tokens.empty()) return std::vector<int>();
  if (!model.tokenizer) {
    return fail(ErrorCode::kBadInput, {.where = "sweep",
                                       .subject = "class tokens",
                                       .expected = "a model with a tokenizer",
                                       .found = "one without"});
  }
  return classes_by_pattern(*model.tokenizer, ids, spec_.source.class_tokens);
}

Result<std::shared_ptr<const Decomposition>> LayerBases::at(
    size_t layer, MatrixView<const float> a,
    std::span<const int> classes) const {
  if (set_) {
    auto basis = EXCISE_TRY(set_->get(hook_name({spec_.hook, layer})));
    EXCISE_CHECK(check_neurons(*basis, a));
    return basis;
  }
  if (spec_.source.fit) {
    auto basis = EXCISE_TRY(spec_.source.fit(layer, a));
    EXCISE_CHECK(check_neurons(*basis, a));
    return basis;
  }
  if (spec_.basis == "svd") return EXCISE_TRY(fit_text_svd(a, removal_));
  const BasisKind& kind = *EXCISE_TRY(find_basis_kind(spec_.basis));
  const MatrixActivations<float> activations(a);
  return EXCISE_TRY(kind.fit({activations, classes, fit_options(layer)}));
}

}  // namespace excise
