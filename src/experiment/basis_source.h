// Where the basis of a sweep comes from, as the user states it.
#ifndef EXCISE_EXPERIMENT_BASIS_SOURCE_H_
#define EXCISE_EXPERIMENT_BASIS_SOURCE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

struct BasisSource {
  // A fitted basis or the folder of an sae; takes the place of a name.
  std::string file = {};
  // Fit on this text instead of the one that is swept. Of every five windows
  // one is held out.
  std::string corpus = {};
  std::vector<std::string> class_files = {};   // a text for each class
  std::vector<std::string> class_tokens = {};  // a pattern for each class
  size_t components = 0;  // 0: what the basis takes by itself
  std::optional<double> shrinkage = {};

  // Whether it is fitted on the text that is swept.
  bool this_text() const {
    return file.empty() && corpus.empty() && class_files.empty();
  }
};

// Refuses what does not go together, and options that the basis would not
// listen to. Error: bad_input.
Status check_source(std::string_view basis, const BasisSource& source);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_BASIS_SOURCE_H_
