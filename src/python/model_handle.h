// The opened model that Python objects share.
#ifndef EXCISE_PYTHON_MODEL_HANDLE_H_
#define EXCISE_PYTHON_MODEL_HANDLE_H_

#include <memory>
#include <string>

#include "model/model.h"

namespace excise {

// Results and arrays that view the weights keep the model; it stays open until
// the last of them is gone.
struct ModelHandle {
  std::shared_ptr<const Model> model;
  std::string name;   // a hub id, or the folder's last name
  std::string given;  // as the user named it, for experiment files
  double load_seconds = 0;
  int threads = 0;  // that its runs take; 0: one a core
};

}  // namespace excise

#endif  // EXCISE_PYTHON_MODEL_HANDLE_H_
