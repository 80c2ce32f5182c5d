// A median replacement, as experiment/kinds/kinds.h lists it.
#ifndef EXCISE_EXPERIMENT_MEDIAN_MEDIAN_EXPERIMENT_H_
#define EXCISE_EXPERIMENT_MEDIAN_MEDIAN_EXPERIMENT_H_

#include <string_view>

#include "experiment/median/median.h"
#include "experiment/median/median_results.h"
#include "experiment/median/median_spec.h"

namespace excise {

struct MedianExperiment {
  static constexpr std::string_view kName = "median";
  static constexpr std::string_view kSchema = kMedianExperimentSchema;
  static constexpr auto parse = parse_median_spec;
  static constexpr auto run = run_median;
  static constexpr auto write = write_median_results;

  // Of a spec that nobody changed.
  template <typename Take>
  static void with_options(Take take) {
    MedianSpec spec;
    take(median_fields(spec));
  }
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_MEDIAN_MEDIAN_EXPERIMENT_H_
