#include "cli/python_package.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <sstream>
#include <string_view>
#include <utility>

#include "cli/child_process.h"
#include "cli/interrupt.h"
#include "experiment/common/bundled.h"

namespace excise {
namespace {

// A line for each module: its version, or after a ! why there is none. What
// lies in the folder at hand is no package.
constexpr const char* kLook = R"(
import importlib, os, sys
sys.path[:] = [place for place in sys.path if place]
for name in sys.argv[1:]:
    try:
        found = str(importlib.import_module(name).__version__)
    except ModuleNotFoundError as error:
        found = "!none" if error.name == name else "!" + str(error)
    except BaseException as error:
        found = "!" + type(error).__name__ + ": " + str(error)
    os.write(3, (" ".join(found.split()) + "\n").encode(errors="replace"))
)";

constexpr const char* kRun = R"(
import sys
sys.path[:] = [place for place in sys.path if place]
from excise._bridge import main
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
)";

struct Need {
  std::string module;
  std::string extra;  // of pyproject.toml
};

Need need_of(PythonNeed need) {
  return need == PythonNeed::kParquet ? Need{"pyarrow", "parquet"}
                                      : Need{"distributed", "cluster"};
}

std::string chosen_interpreter() {
  const char* chosen = std::getenv("EXCISE_PYTHON");
  return chosen != nullptr && *chosen != '\0' ? chosen : "python3";
}

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found, std::string hint) {
  return fail(ErrorCode::kUnsupported, {.where = "python",
                                        .subject = std::move(subject),
                                        .expected = std::move(expected),
                                        .found = std::move(found),
                                        .hint = std::move(hint)});
}

constexpr const char* kAnother = "EXCISE_PYTHON names another Python";

ErrorCode code_of(int exit_code) {
  for (const ErrorCode code :
       {ErrorCode::kBadInput, ErrorCode::kBadFile, ErrorCode::kUnsupported,
        ErrorCode::kOutOfMemory, ErrorCode::kIo, ErrorCode::kInterrupted}) {
    if (exit_code == static_cast<int>(code)) return code;
  }
  return ErrorCode::kInternal;
}

}  // namespace

Result<PythonPackage> PythonPackage::find(
    const std::vector<PythonNeed>& needs) {
  const std::string interpreter = chosen_interpreter();
  std::vector<std::string> command = {interpreter, "-c", kLook, "excise"};
  std::vector<std::string> modules, extras;
  for (const PythonNeed need : needs) {
    modules.push_back(need_of(need).module);
    extras.push_back(need_of(need).extra);
    command.push_back(modules.back());
  }
  const std::string install = fmt::format(
      "\"{} -m pip install '.[{}]'\" in the folder of excise's "
      "source installs what is missing, and {}",
      interpreter, fmt::join(extras, ","), kAnother);
  const auto looked = run_child(command, "");
  EXCISE_CHECK(check_interrupted());
  if (!looked) {
    return refuse(interpreter, "a Python with the package excise",
                  "none that can be started", kAnother);
  }
  std::istringstream lines(looked->answer);
  const std::string version(program_version());
  std::string found;
  if (!std::getline(lines, found)) {
    return refuse(interpreter, "a Python with the package excise",
                  "a program that is no Python", kAnother);
  }
  if (found != version) {
    return refuse(interpreter, "the package excise " + version,
                  found.starts_with('!') ? found.substr(1) : found, install);
  }
  for (const std::string& module : modules) {
    if (std::getline(lines, found) && !found.starts_with('!')) continue;
    return refuse(interpreter, "the package " + module,
                  found.starts_with('!') ? found.substr(1) : "none",
                  fmt::format("\"{} -m pip install {}\" installs it, and {}",
                              interpreter, module, kAnother));
  }
  return PythonPackage(interpreter);
}

Result<std::string> PythonPackage::run(
    const std::string& task, const std::vector<std::string>& arguments,
    const std::string& request) const {
  std::vector<std::string> command = {interpreter_, "-c", kRun, task};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildEnd end = EXCISE_TRY(run_child(command, request + "\n"));
  if (end.signal == 0 && end.code == 0) return std::move(end.answer);
  if (!end.answer.empty())
    return tl::unexpected<Error>({code_of(end.code), std::move(end.answer)});
  EXCISE_CHECK(check_interrupted());
  return fail(
      ErrorCode::kIo,
      {.where = "python",
       .subject = interpreter_,
       .expected = "an end of its work",
       .found = end.signal != 0
                    ? fmt::format("signal {}, which ended it", end.signal)
                    : fmt::format("exit code {}", end.code),
       .hint = end.signal == 9 ? "the machine may have no memory left" : ""});
}

}  // namespace excise
