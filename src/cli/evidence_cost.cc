#include "cli/evidence_cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/sweep_cost.h"
#include "core/number_text.h"
#include "experiment/common/number_lists.h"
#include "experiment/sweep/constant_search.h"
#include "experiment/sweep/elsewhere.h"
#include "experiment/sweep/evidence.h"
#include "experiment/sweep/sweep_branches.h"
#include "model/architecture/block.h"

namespace excise {
namespace {

// Of the matrix products of these branches, in one pass.
double flop_of(const ModelConfig& config, std::span<const Branch> branches,
               size_t tokens) {
  const auto rows = static_cast<double>(tokens);
  const double block =
      2 * static_cast<double>(matrix_elements(config)) +
      4 * rows * static_cast<double>(value_width(config, Value::kZ));
  const double head = 2 * static_cast<double>(config.d_model) *
                      static_cast<double>(config.d_vocab);
  double flop = static_cast<double>(config.n_layers) * block + head;
  for (const Branch& branch : branches) {
    flop += static_cast<double>(config.n_layers - branch.layer) * block + head;
    // What the edit writes alone; the head forth and back at three points.
    if (branch.parts != EffectParts::kNone) flop += head;
    if (branch.parts == EffectParts::kAll) flop += 6 * head;
  }
  return rows * flop;
}

std::string duration_text(double seconds) {
  constexpr double kMinute = 60;
  if (seconds < 2 * kMinute)
    return fmt::format("{:.0f} s", std::max(1.0, seconds));
  return fmt::format("{:.0f} minutes", seconds / kMinute);
}

}  // namespace

Result<std::string> evidence_note(const Model& model, const Spec& spec) {
  size_t tokens = spec.ids.size();
  if (!spec.text.empty() && model.tokenizer)
    tokens = EXCISE_TRY(model.tokenizer->encode(spec.text)).size();
  if (tokens == 0) return std::string();
  Spec all = with_evidence(spec);
  const NamedRemoval removal = EXCISE_TRY(removal_of(all));
  if (!removal.name.empty()) all.preset = removal.name;
  const std::vector<size_t> layers =
      EXCISE_TRY(parse_layers(all.layers, model.config.n_layers));
  const SweepBranches branches =
      plan_branches(all, removal.removal, layers, {}, layers.front());
  const ElsewherePlan elsewhere = plan_elsewhere(all, model.config, layers);
  // Around the best constant, and beyond an edge at some layers: how often an
  // edge wins is not known before.
  constexpr size_t kMoreConstants = 2 * kFinerConstants + kWiderConstants / 2;
  std::vector<Branch> more;
  for (const size_t layer : layers)
    more.insert(more.end(), branches.constants > 0 ? kMoreConstants : 0,
                {layer});
  // What is not products: decompositions, draws, statistics.
  constexpr double kRest = 1.6;
  double flop = flop_of(model.config, branches.all, tokens);
  if (!more.empty()) flop += flop_of(model.config, more, tokens);
  if (!elsewhere.branches.empty())
    flop += flop_of(model.config, elsewhere.branches, tokens);
  const double seconds = kRest * flop / EXCISE_TRY(measure_flop_rate());
  return fmt::format(
      "Evidence: {}{} edited runs of {} tokens, about {}.\n",
      more.empty() ? "" : "about ",
      branches.all.size() + more.size() + elsewhere.branches.size(), tokens,
      duration_text(seconds));
}

}  // namespace excise
