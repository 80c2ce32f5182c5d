// Where a result comes from, beside what was run.
#ifndef EXCISE_EXPERIMENT_COMMON_PROVENANCE_H_
#define EXCISE_EXPERIMENT_COMMON_PROVENANCE_H_

#include <string>

namespace excise {

// What neither the model nor the result knows.
struct Provenance {
  std::string program_version;
  std::string model_name;   // without the folders above it
  double load_seconds = 0;  // to open the model and read the text
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_PROVENANCE_H_
