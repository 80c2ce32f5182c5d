// One experiment from the model folder to the result folder: what every command
// that writes results has in common.
#ifndef EXCISE_CLI_RESULT_JOB_H_
#define EXCISE_CLI_RESULT_JOB_H_

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "core/error.h"
#include "core/progress.h"
#include "experiment/sweep/results_json.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {

// A folder goes by its last name, a hub id by itself.
std::string model_name(const std::string& model,
                       const std::filesystem::path& folder);

// results/<model>-<name>
std::filesystem::path default_folder(const std::string& model,
                                     const std::string& name);

// Where results go and what is printed.
struct ResultOptions {
  std::filesystem::path out;  // empty: results/<model>-<name of the job>
  bool replace = false;       // an earlier result folder
  bool json = false;          // results.json on standard output
  bool quiet = false;         // nothing but errors
  bool report = true;         // beside what is written
  // Files and folders that are read, which `out` must not replace.
  std::vector<std::filesystem::path> inputs = {};
};

// --out, --force, --json, --quiet. default_name: of the job, for the help.
void add_result_options(Command command, const std::string& default_name,
                        ResultOptions& options);

// What the work of a job gets; borrowed.
struct ResultPlace {
  const Model& model;
  const Provenance& provenance;
  const OutputFolder& folder;        // to write into
  const std::filesystem::path& out;  // where it will be
  const Progress& progress;
  ProgressBar& bar;  // that shows it; to be cleared before anything is printed
};

struct Printout {
  std::string json;       // the content of results.json
  std::string text;       // for people, without the line that names the folder
  std::string next = {};  // what to do with the folder, below that line
};

// Opens the model, runs `work`, puts the report beside what it wrote and makes
// the folder appear; then prints. An interruption or error leaves nothing
// behind. reading: of its texts. name: as in the default folder.
Status run_result_job(
    const std::string& model, const TextReading& reading,
    const std::string& name, const ResultOptions& options,
    const std::function<Result<Printout>(const ResultPlace&)>& work);

}  // namespace excise

#endif  // EXCISE_CLI_RESULT_JOB_H_
