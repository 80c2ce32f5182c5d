// A t-lesion, as experiment/kinds/kinds.h lists it.
#ifndef EXCISE_EXPERIMENT_LESION_LESION_EXPERIMENT_H_
#define EXCISE_EXPERIMENT_LESION_LESION_EXPERIMENT_H_

#include <string_view>

#include "experiment/lesion/lesion.h"
#include "experiment/lesion/lesion_results.h"
#include "experiment/lesion/lesion_spec.h"

namespace excise {

struct LesionExperiment {
  static constexpr std::string_view kName = "lesion";
  static constexpr std::string_view kSchema = kLesionExperimentSchema;
  static constexpr auto parse = parse_lesion_spec;
  static constexpr auto run = run_lesion;
  static constexpr auto write = write_lesion_results;

  // Of a spec that nobody changed.
  template <typename Take>
  static void with_options(Take take) {
    LesionSpec spec;
    PairLines lines;
    take(lesion_fields(spec, lines));
  }
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_LESION_LESION_EXPERIMENT_H_
