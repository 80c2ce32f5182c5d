// Opened edits that Python objects share.
#ifndef EXCISE_PYTHON_EDIT_HANDLE_H_
#define EXCISE_PYTHON_EDIT_HANDLE_H_

#include <memory>
#include <vector>

#include "edit/edit.h"

namespace excise {

struct EditsHandle {
  std::shared_ptr<const std::vector<Edit>> edits;
};

}  // namespace excise

#endif  // EXCISE_PYTHON_EDIT_HANDLE_H_
