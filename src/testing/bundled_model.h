// For tests: the bundled model, opened once.
#ifndef EXCISE_TESTING_BUNDLED_MODEL_H_
#define EXCISE_TESTING_BUNDLED_MODEL_H_

#include <string>

#include "model/model.h"

namespace excise {

inline const Model& baker() {
  static const Model model =
      Model::open(std::string(EXCISE_SOURCE_DIR) + "/models/baker-7m").value();
  return model;
}

}  // namespace excise

#endif  // EXCISE_TESTING_BUNDLED_MODEL_H_
