// What the tests say of a corpus: over its units, each counted once.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_SUMMARY_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/corpus/corpus_data.h"
#include "experiment/corpus/corpus_spec.h"
#include "experiment/corpus/corpus_units.h"
#include "experiment/sweep/summary.h"
#include "experiment/sweep/sweep.h"
#include "math/statistics/bootstrap.h"

namespace excise {

// Of the preset at one layer.
struct CorpusLayer {
  std::vector<double> means;          // [units] effect, nats a token
  std::optional<Interval> bootstrap;  // 95 % of their mean, units drawn again
  double token_mean = 0;              // each token counted once instead
  double drift_rms = 0;   // root of the mean square over tokens of the distance
                          // behind the final norm
  size_t units_hurt = 0;  // with an effect above 0
};

// The units of one group.
struct GroupSummary {
  std::string name;
  size_t units = 0;
  std::vector<MeanTest> layers;                    // q over layers and groups
  std::vector<std::optional<Interval>> bootstrap;  // [layers]
};

// The mean of the first n units, in an order drawn by the seed.
struct Convergence {
  size_t n = 0;
  double mean = 0;
  std::optional<double> ci_low, ci_high;  // 95 %, of t
};

// A branch that tables have rows of.
struct CorpusBranch {
  size_t index = 0;        // of the run's branches
  size_t layer_index = 0;  // of the swept layers
  std::string_view name;   // that of its tag
};

struct CorpusSummary {
  CorpusSpec spec;
  std::vector<CorpusBranch> branches;  // the cells of each layer
  // Effects of units where those of tokens are in a sweep: entry 1 + u of each
  // series is unit u, and there is nothing else of a text.
  SweepResult over_units;
  Summary summary;  // of it
  std::vector<Measured> units;
  std::vector<CorpusLayer> layers;
  std::vector<GroupSummary> groups;  // by name; none without a field
  std::vector<std::vector<Convergence>> convergence;  // [layers][steps]
  double tokens = 0;                                  // measured
  size_t texts = 0, windows = 0;
};

// Errors: those of parse_corpus_spec() for the header's experiment, of the
// tests, and bad_file where the header does not fit it; bad_input where nothing
// was measured.
Result<CorpusSummary> summarize_corpus(const CorpusData& data,
                                       const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_SUMMARY_H_
