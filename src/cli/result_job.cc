#include "cli/result_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/terminal.h"
#include "experiment/common/bundled.h"
#include "io/output_place.h"
#include "io/utf8.h"
#include "report/report.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

// How texts are read, where that is anything or was asked for.
std::string reading_line(const Model& model) {
  if (!model.tokenizer) return "";
  std::string front;
  for (const int id : model.tokenizer->front())
    front += model.tokenizer->piece(id);
  const auto [bos, special] = model.tokenizer->reading();
  std::string line;
  if (!front.empty() || bos != Bos::kAuto) {
    line = fmt::format("Texts:   {} in front (--bos {})\n",
                       front.empty() ? "no token" : front, bos_name(bos));
  }
  if (special == SpecialTokens::kText)
    line += "Texts:   special tokens are text (--special-tokens text)\n";
  return line;
}

}  // namespace

std::filesystem::path default_folder(const std::string& model,
                                     const std::string& name) {
  return std::filesystem::path("results") / file_name(model + "-" + name);
}

std::string model_name(const std::string& model,
                       const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(model, error)) return model;
  const auto absolute =
      std::filesystem::absolute(folder, error).lexically_normal();
  const auto named =
      absolute.has_filename() ? absolute : absolute.parent_path();
  // As UTF-8, which files of results and bases are.
  return shown(named.filename().string());
}

void add_result_options(Command command, const std::string& default_name,
                        ResultOptions& options) {
  command
      .add_option(
          "--out", options.out,
          "result folder (default results/<model>-" + default_name + ")")
      .type("FOLDER");
  command.add_flag("--force", options.replace,
                   "replace an earlier result folder");
  command.add_flag("--json", options.json,
                   "print results.json instead of a table");
  command.add_flag("--quiet", options.quiet, "print nothing but errors");
}

Status run_result_job(
    const std::string& model, const TextReading& reading,
    const std::string& name, const ResultOptions& options,
    const std::function<Result<Printout>(const ResultPlace&)>& work) {
  const auto start = Clock::now();
  const auto model_folder = EXCISE_TRY(locate_model(model));
  Model opened = EXCISE_TRY(Model::open(model_folder));
  EXCISE_CHECK(opened.use(reading));
  const std::string shown_name = model_name(model, model_folder);

  // Before the long work, so that nobody waits for a result that cannot be
  // kept.
  const auto out =
      options.out.empty() ? default_folder(shown_name, name) : options.out;
  std::vector<std::filesystem::path> inputs = options.inputs;
  inputs.push_back(model_folder);
  EXCISE_CHECK(check_not_input(EXCISE_TRY(output_place(out)), inputs));
  OutputFolder folder = EXCISE_TRY(OutputFolder::create(out, options.replace));

  const Provenance provenance{
      .program_version = std::string(program_version()),
      .model_name = shown_name,
      .load_seconds =
          std::chrono::duration<double>(Clock::now() - start).count()};
  Progress progress;
  progress.cancelled = interruption();
  ProgressBar bar(detect_terminal().err && !options.quiet && !options.json);
  progress.report = [&](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  const Printout printout = EXCISE_TRY(opened.weights.file().confirmed(
      work({opened, provenance, folder, out, progress, bar})));
  if (options.report) EXCISE_CHECK(write_report(folder));
  EXCISE_CHECK(progress.check_cancelled());
  EXCISE_CHECK(folder.commit());
  bar.clear();

  if (options.json) {
    print_out("{}", printout.json);
  } else if (!options.quiet) {
    print_out("{}{}", printable(printout.text),
              printable(reading_line(opened)));
    print_out("Results: {}\n", shown(out.string()));
    if (options.report)
      print_out("Report:  {}\n", shown((out / kReportFile).string()));
    print_out("{}", printable(printout.next));
  }
  return {};
}

}  // namespace excise
