// What a sweep runs: its spec, with all that it left open decided and all that
// it names found.
#ifndef EXCISE_EXPERIMENT_SWEEP_SWEEP_PLAN_H_
#define EXCISE_EXPERIMENT_SWEEP_SWEEP_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/sweep/layer_bases.h"
#include "experiment/sweep/shared_controls.h"
#include "experiment/sweep/spec.h"
#include "experiment/sweep/swap.h"
#include "experiment/sweep/sweep_branches.h"
#include "model/model.h"

namespace excise {

// Of one text.
struct SweepPlan {
  // As a result states it, so that it runs again the same way.
  Spec spec;
  RemovalOperator removal;
  std::shared_ptr<const LayerBases> bases;
  // Where texts with one basis draw their controls from; none: each from its
  // own activations.
  std::shared_ptr<const SharedControls> shared;
  std::vector<int> ids;         // [tokens]
  std::vector<uint8_t> edited;  // [tokens] 1 where edits apply; empty: all
  std::vector<int> classes;     // [tokens], or empty
  std::vector<size_t> layers;   // ascending
  size_t detail_layer = 0;
  size_t no_op_layer = 0;
  LayerSets together;
  std::optional<OtherText> other;  // of Spec::swap
  SweepBranches branches;
  // Of Spec::further_texts: the preset alone, its controls, scan, variants and
  // parts.
  std::vector<SweepPlan> further;
};

// Plans of texts that share a spec, whatever text that has: what hangs on the
// model is looked at once, bases that all texts share are read or fitted once.
class TextPlanner {
 public:
  // Errors: as resolve(), but for those of a text.
  static Result<TextPlanner> prepare(const Model& model, const Spec& spec,
                                     const Progress& progress);
  // Errors: those of resolve() that are of a text. The model outlives this.
  Result<SweepPlan> plan(std::vector<int> ids) const;
  // From here on all texts draw their controls together, from the activations
  // of these: whole texts of drawn_texts(). Does nothing where the plan has no
  // controls or a text its own basis. Errors: those of shared_controls().
  Status share_controls(const SweepPlan& any,
                        std::span<const std::vector<int>> texts,
                        const Progress& progress);
  // The same of a plan with further texts, for all of which it is.
  Status share_controls_of(SweepPlan& plan, const Progress& progress);
  const std::shared_ptr<const LayerBases>& bases() const { return bases_; }

 private:
  TextPlanner(const Model& model, std::shared_ptr<const LayerBases> bases)
      : model_(model), bases_(std::move(bases)) {}
  const Model& model_;
  std::shared_ptr<const LayerBases> bases_;
  std::shared_ptr<const SharedControls> shared_;
};

// Whether the spec says what is read: a text, ids, or a corpus, of which a part
// is swept.
bool says_what_is_read(const Spec& spec);
// The spec itself where it does, else with the text that is read by default:
// that of the bundled model for it, `text` for others. Error: bad_input where
// there is none.
Result<Spec> with_default_text(Spec spec, std::string_view model_name,
                               std::string_view text = {});

// Reads or fits the bases, and looks at all of the spec that hangs on the
// model. Errors: bad_input (empty or too long text, layer out of range, ids
// outside the vocabulary, another model than the spec states), unsupported, and
// those of LayerBases.
Result<SweepPlan> resolve(const Model& model, const Spec& spec,
                          const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWEEP_PLAN_H_
