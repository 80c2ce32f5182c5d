#include "experiment/sweep/sweep_experiment.h"

#include "experiment/sweep/audit.h"

namespace excise {

Result<SummarizedSweep> run_summarized(const Model& model, const Spec& spec,
                                       const Progress& progress) {
  SummarizedSweep sweep;
  sweep.result = EXCISE_TRY(run_sweep(model, spec, progress));
  EXCISE_CHECK(check_audit(sweep.result));
  sweep.summary = EXCISE_TRY(summarize(sweep.result, progress));
  return sweep;
}

Result<std::string> write_summarized(const OutputFolder& folder,
                                     const Model& model,
                                     const SummarizedSweep& sweep,
                                     const Provenance& provenance) {
  return write_results(folder, model, sweep.result, sweep.summary, provenance);
}

}  // namespace excise
