#include "fit/basis_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>
#include <numeric>
#include <utility>

#include "intervention/bases/registry.h"
#include "intervention/removal.h"
#include "model/activation_pass.h"
#include "model/architecture/hooks.h"

namespace excise {
namespace {

// The values at one hook of the block that a pass stands before.
class ModelActivations final : public Activations {
 public:
  ModelActivations(const ModelConfig& config, HookPoint point,
                   ActivationPass& pass)
      : width_(hook_width(config, point)), point_(point), pass_(pass) {}
  size_t n_tokens() const override { return pass_.n_tokens(); }
  size_t n_neurons() const override { return width_; }
  Status for_each(const Visit& visit) const override {
    return pass_.for_each(point_,
                          [&](MatrixView<const float> values, size_t first) {
                            return visit_in_blocks(values, first, visit);
                          });
  }

 private:
  size_t width_;
  HookPoint point_;
  ActivationPass& pass_;
};

// The class whose mean codes are nearest.
int nearest_class(std::span<const double> codes, const LinearParts& parts) {
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (size_t c = 0; c < parts.class_codes.rows(); ++c) {
    double distance = 0;
    for (size_t k = 0; k < codes.size(); ++k) {
      const double step = codes[k] - parts.class_codes(c, k);
      distance += step * step;
    }
    if (distance < least) {
      least = distance;
      best = static_cast<int>(c);
    }
  }
  return best;
}

Result<FitQuality> quality(const Decomposition& basis, HookPoint point,
                           ActivationPass& pass, std::span<const int> classes) {
  const auto all = all_components(basis);
  const LinearParts* parts = linear_parts(basis);
  const bool classify =
      !classes.empty() && parts != nullptr && !parts->class_codes.empty();
  double removed = 0, whole = 0;
  size_t right = 0;
  std::vector<size_t> counts(classify ? parts->class_codes.rows() : 0);
  EXCISE_CHECK(pass.for_each(
      point, [&](MatrixView<const float> a, size_t first) -> Status {
        removed += EXCISE_TRY(component_energy(basis, a, all));
        whole += centred_energy(basis, a);
        if (!classify) return {};
        const Matrix<double> codes = EXCISE_TRY(basis.encode(a, all));
        for (size_t t = 0; t < a.rows(); ++t) {
          const int c = classes[first + t];
          if (c < 0) continue;
          ++counts[static_cast<size_t>(c)];
          right += nearest_class(codes.row(t), *parts) == c;
        }
        return {};
      }));
  FitQuality result{.share = whole > 0 ? 100 * removed / whole : 0};
  const size_t labelled =
      std::accumulate(counts.begin(), counts.end(), size_t{0});
  if (classify && labelled > 0) {
    const auto n = static_cast<double>(labelled);
    result.accuracy = static_cast<double>(right) / n;
    result.chance = static_cast<double>(*std::ranges::max_element(counts)) / n;
  }
  return result;
}

std::map<std::string, std::string> options_of(const FitSpec& spec,
                                              const BasisKind& kind,
                                              const HookFit& first) {
  std::map<std::string, std::string> options;
  options["hook"] = spec.hook;
  options["components"] = std::to_string(first.components);
  options["seed"] = std::to_string(spec.options.seed);
  if (spec.options.shrinkage)
    options["shrinkage"] = std::to_string(*spec.options.shrinkage);
  if (spec.text.window > 0)
    options["window"] = std::to_string(spec.text.window);
  for (size_t c = 0; c < spec.text.class_tokens.size(); ++c)
    options["class_tokens_" + std::to_string(c)] = spec.text.class_tokens[c];
  if (spec.text.text_is_class)
    options["class_files"] = std::to_string(spec.text.texts.size());
  if (kind.name == "svd") {
    options["centre"] = mean_name(spec.options.removal.centre);
    options["restore"] = mean_name(spec.options.removal.restore);
  }
  return options;
}

Status check_classes(const BasisKind& kind, const FitText& text) {
  if (kind.needs_classes || text.n_classes == 0) return {};
  return fail(ErrorCode::kBadInput,
              {.where = "fit",
               .subject = "classes",
               .expected = "none: the " + std::string(kind.name) +
                           " basis is fitted without",
               .found = std::to_string(text.n_classes) + " classes",
               .hint = class_basis_names() + " take classes"});
}

Result<BasisFit> fit(const Model& model, const FitSpec& spec,
                     const FitText& text, const Progress& progress) {
  const BasisKind& kind = *EXCISE_TRY(find_basis_kind(spec.basis));
  EXCISE_CHECK(check_classes(kind, text));
  auto sites = EXCISE_TRY(find_hooks(spec.hook, model.config));
  if (!spec.layers.empty()) {
    std::erase_if(sites, [&](const HookSite& site) {
      return std::ranges::count(spec.layers, site.layer) == 0;
    });
  }
  if (sites.back().layer >= model.config.n_layers) {
    return fail(ErrorCode::kUnsupported, {.where = "fit",
                                          .subject = "hook " + spec.hook,
                                          .expected = "a hook of a block",
                                          .found = "one behind the last"});
  }
  BasisFit result;
  result.fit_tokens = text.fit.n_tokens;
  result.fit_windows = text.fit.ids.size();
  result.held_out_tokens = text.held_out.n_tokens;
  result.held_out_windows = text.held_out.ids.size();
  ActivationPass pass = EXCISE_TRY(ActivationPass::start(
      model.config, model.weights, text.fit.ids, progress));
  ActivationPass test = EXCISE_TRY(ActivationPass::start(
      model.config, model.weights, text.held_out.ids, progress));
  for (size_t i = 0; i < sites.size(); ++i) {
    progress.advance("layers", i, sites.size());
    while (pass.layer() < sites[i].layer) {
      EXCISE_CHECK(pass.advance());
      EXCISE_CHECK(test.advance());
    }
    const HookPoint point = sites[i].point;
    const ModelActivations activations(model.config, point, pass);
    FitOptions options = spec.options;
    options.stream = sites[i].layer;
    std::shared_ptr<const Decomposition> basis =
        EXCISE_TRY(kind.fit({activations, text.fit.classes, options}));
    HookFit& hook = result.hooks.emplace_back();
    hook.hook = hook_name(sites[i]);
    hook.components = basis->n_components();
    if (const LinearParts* parts = linear_parts(*basis)) {
      hook.values = parts->values;
      hook.note = parts->note;
    }
    hook.fit = EXCISE_TRY(quality(*basis, point, pass, text.fit.classes));
    if (test.n_tokens() > 0) {
      hook.held_out =
          EXCISE_TRY(quality(*basis, point, test, text.held_out.classes));
    }
    result.set.hooks.emplace_back(hook.hook, std::move(basis));
  }
  progress.advance("layers", sites.size(), sites.size());
  result.set.basis = kind.name;
  BasisProvenance& from = result.set.provenance;
  from.model_fingerprint = model.fingerprint();
  from.text_fingerprint = text.fingerprint;
  from.n_tokens = text.fit.n_tokens;
  from.options = options_of(spec, kind, result.hooks.front());
  return result;
}

}  // namespace

Status set_fit_basis(const std::optional<std::string>& preset,
                     const std::optional<std::string>& centre,
                     const std::optional<std::string>& restore, FitSpec& spec) {
  const BasisKind& kind = *EXCISE_TRY(find_basis_kind(spec.basis));
  if (!kind.worth_a_file) {
    return refuse_fit("basis " + spec.basis, "a basis that is fitted to a text",
                      "one that needs no fit", "a sweep takes it as it is");
  }
  const bool named = preset || centre || restore;
  if (named && spec.basis != "svd") {
    return refuse_fit("preset, centre and restore", "none: they are for svd",
                      "some with basis " + spec.basis);
  }
  spec.options.removal =
      EXCISE_TRY(choose_removal(named ? preset.value_or("published") : "pca",
                                centre, restore))
          .removal;
  return {};
}

Result<BasisFit> fit_basis(const Model& model, const FitSpec& spec,
                           const FitText& text, const Progress& progress) {
  try {
    return fit(model, spec, text, progress);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "fit",
                 .subject = "memory",
                 .found = "less than this text and basis need",
                 .hint = "a shorter text or fewer --components need less"});
  }
}

}  // namespace excise
