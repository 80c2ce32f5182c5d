// A sweep, as experiment/kinds/kinds.h lists it.
#ifndef EXCISE_EXPERIMENT_SWEEP_SWEEP_EXPERIMENT_H_
#define EXCISE_EXPERIMENT_SWEEP_SWEEP_EXPERIMENT_H_

#include <string>
#include <string_view>

#include "experiment/sweep/results_writer.h"
#include "experiment/sweep/spec_fields.h"
#include "experiment/sweep/spec_toml.h"
#include "experiment/sweep/summary.h"
#include "experiment/sweep/sweep.h"

namespace excise {

// What a sweep found, and what its tests say of it.
struct SummarizedSweep {
  SweepResult result;
  Summary summary;
};

// Errors: those of run_sweep() and check_audit().
Result<SummarizedSweep> run_summarized(const Model& model, const Spec& spec,
                                       const Progress& progress);
Result<std::string> write_summarized(const OutputFolder& folder,
                                     const Model& model,
                                     const SummarizedSweep& sweep,
                                     const Provenance& provenance);

struct SweepExperiment {
  static constexpr std::string_view kName = "sweep";
  static constexpr std::string_view kSchema = kSweepExperimentSchema;
  static constexpr auto parse = parse_spec;
  static constexpr auto run = run_summarized;
  static constexpr auto write = write_summarized;

  // Of a spec that nobody changed.
  template <typename Take>
  static void with_options(Take take) {
    Spec spec;
    take(sweep_fields(spec));
  }
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SWEEP_EXPERIMENT_H_
