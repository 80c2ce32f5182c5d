#include "experiment/concept/concept_draws.h"

#include <fmt/format.h>

#include <utility>

#include "math/linalg/product.h"
#include "math/linalg/random_directions.h"
#include "math/linalg/svd.h"
#include "math/statistics/empirical_p.h"

namespace excise {
namespace {

// Streams below are those of the fits.
constexpr uint64_t kFirstStream = uint64_t{1} << 32;

}  // namespace

Result<std::shared_ptr<const Decomposition>> with_random_atoms(
    const LinearParts& parts, const ActivationSpace& space, Random& random) {
  // atoms = L Q with orthonormal rows Q, which are drawn anew.
  const Svd svd = EXCISE_TRY(thin_svd(parts.atoms.clone()));
  Matrix<double> lengths(parts.atoms.rows(), svd.rank());
  for (size_t k = 0; k < svd.rank(); ++k) {
    const SingularVectors vectors = svd.vectors(k);
    for (size_t i = 0; i < lengths.rows(); ++i) {
      lengths(i, k) = svd.singular_values[k] * vectors.left[i];
    }
  }
  auto directions = random_directions(space.row_space, svd.rank(), random);
  if (!directions) {
    return refuse_concept(
        "random directions",
        fmt::format("at least {} dimensions of the activations fitted on",
                    svd.rank()),
        fmt::format("{}; take more texts, or --random 0",
                    space.row_space.rows()));
  }
  LinearParts drawn;
  drawn.basis = parts.basis;
  drawn.op = parts.op;
  drawn.mean = parts.mean;
  drawn.filters = (parts.filters.empty() ? parts.atoms : parts.filters).clone();
  drawn.atoms = product(lengths, *directions);
  drawn.class_codes = parts.class_codes.clone();
  return std::make_shared<const LinearBasis>(std::move(drawn));
}

ConceptDraws judge_draws(const ConceptEffect& real, ConceptSwitch way,
                         std::span<const ConceptEffect> draws) {
  ConceptDraws judged;
  for (const ConceptEffect& draw : draws) {
    judged.own_words.push_back(draw.own_words.mean);
    judged.control_words.push_back(draw.control_words.mean);
    judged.control_text.push_back(draw.control_text.mean);
  }
  judged.own_words_p_one_sided =
      empirical_p(real.own_words.mean, judged.own_words,
                  way == ConceptSwitch::kOff ? Tail::kAbove : Tail::kBelow);
  judged.control_words_p_two_sided = empirical_p(
      real.control_words.mean, judged.control_words, Tail::kTwoSided);
  judged.control_text_p_two_sided =
      empirical_p(real.control_text.mean, judged.control_text, Tail::kTwoSided);
  return judged;
}

Result<ConceptDraws> draw_concept(const Model& model, HookPoint point,
                                  const EncodedConcept& words,
                                  const ConceptTokens& fitted,
                                  const ConceptChoice& choice,
                                  const Progress& progress,
                                  ConceptResult& result) {
  const ConceptSpec& spec = result.spec;
  if (spec.random == 0) return ConceptDraws();
  const LayerConcept& layer = result.layer_of(choice);
  const ConceptCell& cell = result.cell_of(choice);
  const ActivationSpace space =
      EXCISE_TRY(activation_space(*layer.basis, fitted.values));
  const LinearParts& parts = *linear_parts(*layer.basis);
  // Off and on at one layer go along the same directions.
  Random random(spec.seed, kFirstStream + layer.layer);
  std::vector<std::shared_ptr<const Decomposition>> bases;
  std::vector<ConceptBranch> edits;
  for (uint64_t i = 0; i < spec.random; ++i) {
    bases.push_back(EXCISE_TRY(with_random_atoms(parts, space, random)));
    edits.push_back({layer.layer, bases.back().get(), cell.way, cell.alpha});
  }
  const TextFilter filter{TextUse::kReport, cell.way};
  const MeasuredConcept measured = EXCISE_TRY(measure_concept(
      model, spec, point, words, edits, filter, progress, result.audit));
  std::vector<ConceptEffect> draws;
  for (size_t e = 0; e < edits.size(); ++e) {
    draws.push_back(effect_of(measured, words, spec.positions, e, filter));
  }
  return judge_draws(cell.report, cell.way, draws);
}

}  // namespace excise
