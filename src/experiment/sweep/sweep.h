// The main job: one removal per layer, its effect on everything downstream.
#ifndef EXCISE_EXPERIMENT_SWEEP_SWEEP_H_
#define EXCISE_EXPERIMENT_SWEEP_SWEEP_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "experiment/sweep/findings.h"
#include "experiment/sweep/layer_bases.h"
#include "experiment/sweep/spec.h"
#include "experiment/sweep/text_evidence.h"
#include "model/model.h"
#include "run/branch.h"
#include "run/branch_audit.h"

namespace excise {

// A further text, swept for itself: the preset alone, its controls, steps of a
// scan, variants and parts. Means are those of effects over the tested tokens,
// NaN where there are none.
struct TextFindings {
  std::vector<int> ids;                            // [tokens]
  std::vector<size_t> tested;                      // as tested_tokens()
  std::vector<std::vector<double>> delta_logprob;  // [layers][tokens]
  // [layers][controls, in the order of Spec::controls][repeats]
  std::vector<std::vector<std::vector<double>>> control_means;
  std::vector<std::vector<double>> scan_means;  // [layers][steps]
  std::vector<TextEvidence> evidence;           // [layers]
};

// The branch without an edit must give the clean run again.
struct Audit : BranchAudit {
  size_t no_op_layer = 0;
};

struct SweepTimings {  // seconds
  double first_layer =
      0;  // from the start of run_sweep to the end of the first layer
  double total = 0;
};

// What the entries of effects stand for, where they are not tokens of a text.
struct EffectEntries {
  bool are_tokens = true;
  std::string_view of = "the right next token";  // what an edit hurts or helps
  std::string_view each = "a token";             // nats a token
};

struct SweepResult {
  Spec spec;                    // of the plan, with all fingerprints
  RemovalOperator removal;      // of the plan
  BasisOrigin basis;            // of what was removed
  std::vector<int> ids;         // [tokens]
  std::vector<uint8_t> edited;  // [tokens] 1 where edits apply; empty: all
  std::vector<size_t> layers;   // swept, ascending
  std::vector<Variant> variants;
  std::optional<OtherTextFindings> other_text;  // of a swap
  CleanRun clean;
  std::vector<LayerFindings> findings;      // [layers]
  std::vector<TogetherFindings> together;   // in the order of Spec::together
  std::vector<TextFindings> further_texts;  // as Spec::further_texts
  LayerDetail detail;
  EffectEntries entries;
  Audit audit;
  size_t passes = 1;  // over the layers
  int threads = 1;    // taken
  SweepTimings timings;
};

// The positions that default_n tests: those an edit can reach. edited: as in
// the result.
std::vector<size_t> tested_tokens(const std::vector<uint8_t>& edited,
                                  size_t tokens);
std::vector<size_t> tested_tokens(const SweepResult& result);

// Runs what resolve() makes of the spec. Errors: its own; bad_input (component
// out of range), bad_file (NaN in weights), interrupted, out_of_memory.
Result<SweepResult> run_sweep(const Model& model, const Spec& spec,
                              const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWEEP_H_
