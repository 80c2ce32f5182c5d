// The Python package of excise, for what the program cannot do by itself.
#ifndef EXCISE_CLI_PYTHON_PACKAGE_H_
#define EXCISE_CLI_PYTHON_PACKAGE_H_

#include <string>
#include <vector>

#include "core/error.h"

namespace excise {

// What of Python a command needs beside the package.
enum class PythonNeed { kParquet, kCluster };

class PythonPackage {
 public:
  // In $EXCISE_PYTHON, else python3 on PATH. Error unsupported where that is
  // not there, or has not the package of this version or what is needed beside
  // it, saying what to install.
  static Result<PythonPackage> find(const std::vector<PythonNeed>& needs);

  // Runs a task of excise/_bridge.py to its end and gives its answer. request:
  // JSON without line ends. Errors: those of the task, as the package states
  // them; io where it does not come to its end.
  Result<std::string> run(const std::string& task,
                          const std::vector<std::string>& arguments,
                          const std::string& request = "{}") const;

 private:
  explicit PythonPackage(std::string interpreter)
      : interpreter_(std::move(interpreter)) {}
  std::string interpreter_;
};

}  // namespace excise

#endif  // EXCISE_CLI_PYTHON_PACKAGE_H_
