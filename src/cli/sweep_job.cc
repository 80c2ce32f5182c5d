#include "cli/sweep_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "cli/bundled.h"
#include "cli/interrupt.h"
#include "cli/progress_bar.h"
#include "cli/sweep_table.h"
#include "cli/terminal.h"
#include "experiment/audit.h"
#include "experiment/results_writer.h"
#include "experiment/summary.h"
#include "experiment/summary_text.h"
#include "experiment/sweep.h"
#include "io/output_folder.h"
#include "model/model.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A folder goes by its last name, a hub id by itself.
std::string model_name(const std::string& model,
                       const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(model, error)) return model;
  const auto absolute =
      std::filesystem::absolute(folder, error).lexically_normal();
  return absolute.has_filename() ? absolute.filename().string()
                                 : absolute.parent_path().filename().string();
}

std::filesystem::path default_folder(std::string name,
                                     const std::string& preset) {
  std::replace(name.begin(), name.end(), '/', '-');
  return std::filesystem::path("results") / (name + "-" + preset);
}

Status choose_text(const SweepJob& job, const std::string& name, Spec& spec) {
  if (!spec.text.empty() || !spec.ids.empty()) return {};
  const bool bundled = name == kBundledModel;
  spec.text = bundled ? bundled_text() : job.default_text;
  if (spec.text.empty()) {
    return fail(ErrorCode::kBadInput,
                {.where = "sweep",
                 .subject = "text",
                 .expected = "--text, --text-file, --ids, or - for standard "
                             "input",
                 .found = "none"});
  }
  if (bundled && !job.quiet) {
    fmt::print(stderr,
               "No text given: taking the bundled paragraph of \"Silver "
               "Blaze\".\n");
  }
  return {};
}

void print_outcome(const SweepResult& result, const Summary& summary,
                   const std::string& name, const std::filesystem::path& out) {
  const Terminal terminal = detect_terminal();
  fmt::print("{}: {} tokens, {} of {} layers, preset {}, {:.2f} s\n\n{}\n{}\n",
             name, result.ids.size(), result.layers.size(),
             result.clean.state_norm.size() - 1, result.spec.preset,
             result.timings.total, sweep_table(summary, terminal),
             wrapped(summary_text(result, summary), terminal.width));
  fmt::print("Results: {}\n", out.string());
}

}  // namespace

Status run_sweep_job(const SweepJob& job) {
  const auto start = Clock::now();
  EXCISE_CHECK(check_spec(job.spec));
  Spec spec = job.spec;
  const auto folder = EXCISE_TRY(locate_model(spec.model));
  const Model model = EXCISE_TRY(Model::open(folder));
  const std::string name = model_name(spec.model, folder);
  EXCISE_CHECK(choose_text(job, name, spec));

  // Before the long work, so that nobody waits for a result that cannot be
  // kept.
  const auto out =
      job.out.empty() ? default_folder(name, spec.preset) : job.out;
  OutputFolder output = EXCISE_TRY(OutputFolder::create(out, job.replace));

  const Provenance provenance{.program_version = std::string(program_version()),
                              .model_name = name,
                              .load_seconds = seconds_since(start)};
  InterruptGuard guard([staging = output.path("")] {
    std::error_code ignored;
    std::filesystem::remove_all(staging, ignored);
  });
  Progress progress;
  progress.cancelled = guard.cancelled();
  ProgressBar bar(detect_terminal().err && !job.quiet && !job.json);
  progress.report = [&](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  const SweepResult result = EXCISE_TRY(run_sweep(model, spec, progress));
  EXCISE_CHECK(check_audit(result));
  const Summary summary = EXCISE_TRY(summarize(result, progress));
  const std::string json =
      EXCISE_TRY(write_results(output, model, result, summary, provenance));
  EXCISE_CHECK(progress.check_cancelled());
  if (!guard.disarm()) return progress.check_cancelled();
  EXCISE_CHECK(output.commit());
  bar.clear();

  if (job.json) {
    fmt::print("{}", json);
  } else if (!job.quiet) {
    print_outcome(result, summary, name, out);
  }
  return {};
}

}  // namespace excise
