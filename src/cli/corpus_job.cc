#include "cli/corpus_job.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "cli/control_table.h"
#include "cli/corpus_table.h"
#include "cli/early_note.h"
#include "cli/print.h"
#include "cli/scan_table.h"
#include "cli/sweep_cost.h"
#include "cli/sweep_job.h"
#include "cli/terminal.h"
#include "experiment/common/bundled.h"
#include "experiment/corpus/corpus_experiment.h"
#include "experiment/corpus/corpus_shards.h"
#include "experiment/corpus/corpus_text.h"
#include "io/journal.h"
#include "io/output_place.h"
#include "io/toml_record.h"
#include "io/utf8.h"
#include "report/report.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

std::string printed(const MeasuredCorpus& measured) {
  const CorpusData& data = *measured.data;
  const CorpusSummary& corpus = measured.summary;
  const Terminal terminal = detect_terminal();
  std::string text = corpus_table(corpus, terminal) + "\n" +
                     control_table(corpus.summary, terminal) +
                     scan_table(corpus.spec, corpus.summary, terminal) +
                     together_table(corpus.summary, terminal);
  for (const Passage& passage : corpus_passages(data.header(), data, corpus))
    text += wrapped(passage.text, terminal.width);
  return text + "\n";
}

Result<Printout> write_and_print(const OutputFolder& folder,
                                 const MeasuredCorpus& corpus) {
  return Printout{EXCISE_TRY(write_corpus(folder, corpus)), printed(corpus)};
}

// "3.1 TFLOP"
std::string flop_text(double flop) {
  constexpr const char* kUnits[] = {"", "K", "M", "G", "T", "P", "E"};
  size_t unit = 0;
  constexpr double kStep = 1000;
  for (; flop >= kStep && unit + 1 < std::size(kUnits); ++unit) flop /= kStep;
  return fmt::format("{:.3g} {}FLOP", flop, kUnits[unit]);
}

std::string bytes_text(double bytes) {
  constexpr double kMiB = 1 << 20, kGiB = 1 << 30;
  return bytes < kGiB ? fmt::format("{:.1f} MiB", bytes / kMiB)
                      : fmt::format("{:.1f} GiB", bytes / kGiB);
}

// Of the journal and, where tokens are kept, of their table.
double disk_bytes(const CorpusRun& run) {
  const CorpusList& list = run.list();
  const SumsLayout layout = run.header().layout();
  double bytes = static_cast<double>(list.windows.size() * layout.width() *
                                     sizeof(double));
  if (layout.token_width() == 0) return bytes;
  constexpr size_t kToken = 8;  // its text
  constexpr size_t kRow = 60;   // of the table, but for the text's name
  const size_t layers = run.header().layers.size();
  for (const Window& window : list.windows) {
    const size_t row = kRow + list.texts[window.text].name.size();
    bytes += static_cast<double>(
        (window.tokens - window.context) *
        (layout.token_width() * sizeof(double) + kToken + layers * row));
  }
  return bytes;
}

std::string duration_text(double seconds) {
  constexpr double kMinute = 60, kHour = 3600;
  if (seconds >= 2 * kHour) return fmt::format("{:.1f} hours", seconds / kHour);
  if (seconds >= 2 * kMinute)
    return fmt::format("{:.0f} minutes", seconds / kMinute);
  return fmt::format("{:.0f} seconds", seconds);
}

// What lies ahead, before it begins.
std::string plan_text(const Model& model, const CorpusRun& run) {
  const CorpusList& list = run.list();
  const CorpusHeader& header = run.header();
  // sweep_cost() is of three cells a layer.
  double flop = 0;
  for (const Window& window : list.windows)
    flop += sweep_cost(model.config, window.tokens).flop;
  flop *= static_cast<double>(header.branches) /
          static_cast<double>(3 * model.config.n_layers + 1);
  std::string text = fmt::format(
      "{} texts, {} windows of up to {} tokens, {} tokens in {} batches; {} "
      "branches: about {}, {} of disk\n",
      list.texts.size(), list.windows.size(), list.window, list.tokens(),
      list.batch_count(), header.branches, flop_text(flop),
      bytes_text(disk_bytes(run)));
  if (!list.skipped.empty()) {
    text +=
        fmt::format("Left out: {} text{}, the first {}: {}\n",
                    list.skipped.size(), list.skipped.size() == 1 ? "" : "s",
                    list.skipped.front().name, list.skipped.front().reason);
  }
  return text;
}

fs::path journal_of(const fs::path& out) {
  fs::path journal = out;
  if (!journal.has_filename()) journal = journal.parent_path();
  return journal += ".journal";
}

EarlierJournal earlier_of(const CorpusJob& job) {
  return job.resume           ? EarlierJournal::kGoOn
         : job.output.replace ? EarlierJournal::kReplace
                              : EarlierJournal::kRefuse;
}

// Whether OUT has the whole of this very run already.
Result<bool> is_finished(const fs::path& out, const CorpusRun& run) {
  std::error_code ignored;
  if (!fs::exists(out / kJournalName, ignored)) return false;
  const CorpusHeader there = EXCISE_TRY(read_finished(out));
  const std::string differs = difference(there, run.header());
  if (differs.empty()) return true;
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = out.string(),
                                     .expected = "a result of this very run",
                                     .found = "another one: " + differs,
                                     .hint = "give another --out"});
}

Result<Printout> corpus_and_write(const CorpusJob& job,
                                  const ResultPlace& place) {
  const CorpusRun run = EXCISE_TRY(
      CorpusRun::prepare(place.model, job.spec, place.provenance.model_name,
                         place.provenance.program_version, place.progress));
  if (!job.output.quiet) print_error("{}", plan_text(place.model, run));
  EarlyNote note(few_draws_notes(job.spec.controls), job.output.quiet);
  const fs::path journal = journal_of(place.out);
  EXCISE_CHECK(run.measure(journal, earlier_of(job),
                           job.shard.value_or(Shard()), place.progress));
  note.succeed();
  if (!job.shard) {
    return write_and_print(place.folder, EXCISE_TRY(read_corpus_journals(
                                             {{journal}}, place.progress)));
  }
  return Printout{
      EXCISE_TRY(write_shard(place.folder, *job.shard, journal)),
      fmt::format("Shard {} of {}: excise merge makes one result of all.\n",
                  job.shard->index, job.shard->count)};
}

// --estimate, and --resume of what may be finished: nothing is written.
Result<bool> look_first(const CorpusJob& job) {
  const CorpusSpec& spec = job.spec;
  const auto folder = EXCISE_TRY(locate_model(spec.model));
  Model model = EXCISE_TRY(Model::open(folder));
  EXCISE_CHECK(model.use(spec.reading));
  const std::string name = model_name(spec.model, folder);
  const CorpusRun run = EXCISE_TRY(CorpusRun::prepare(
      model, spec, name, std::string(program_version()), Progress()));
  const fs::path out =
      job.output.out.empty() ? default_folder(name, "corpus") : job.output.out;
  if (!job.estimate) {
    if (!EXCISE_TRY(is_finished(out, run))) return false;
    std::error_code ignored;
    fs::remove(journal_of(out), ignored);
    if (!job.output.quiet)
      print_out("Finished already: {}\n", shown(out.string()));
    return true;
  }
  print_out("{}", printable(plan_text(model, run)));
  const double seconds =
      EXCISE_TRY(run.estimate(job.shard.value_or(Shard()), Progress()));
  print_out(
      "About {}, as one of its batches was measured now, with {} threads.\n",
      duration_text(seconds), run.header().threads);
  return true;
}

}  // namespace

Status run_job(const CorpusSpec& spec, const ResultOptions& output) {
  CorpusJob job;
  job.spec = spec;
  job.output = output;
  return run_corpus_job(job);
}

Status run_corpus_job(const CorpusJob& job) {
  EXCISE_CHECK(check_corpus_spec(job.spec));
  EXCISE_CHECK(check_toml_text(corpus_spec_to_toml(job.spec)));
  if (job.estimate || job.resume) {
    if (EXCISE_TRY(look_first(job))) return {};
  }
  ResultOptions output = job.output;
  for (const std::string& name : job.spec.texts) {
    if (name != "-") output.inputs.emplace_back(name);
  }
  const BasisSource& source = job.spec.source;
  for (const std::string& file : {source.file, source.corpus}) {
    if (!file.empty()) output.inputs.emplace_back(file);
  }
  output.report = !job.shard;
  fs::path journal;
  EXCISE_CHECK(run_result_job(job.spec.model, job.spec.reading, "corpus",
                              output, [&](const ResultPlace& place) {
                                journal = journal_of(place.out);
                                return corpus_and_write(job, place);
                              }));
  std::error_code ignored;
  fs::remove(journal, ignored);  // a file of the folder by now
  return {};
}

Status run_merge_job(const std::vector<fs::path>& shards,
                     const ResultOptions& output) {
  const std::vector<fs::path> journals = EXCISE_TRY(shard_journals(shards));
  const fs::path out =
      output.out.empty() ? fs::path("results/merged") : output.out;
  EXCISE_CHECK(check_not_input(EXCISE_TRY(output_place(out)), shards));
  OutputFolder folder = EXCISE_TRY(OutputFolder::create(out, output.replace));
  const Printout printout = EXCISE_TRY(write_and_print(
      folder, EXCISE_TRY(read_corpus_journals(journals, Progress()))));
  EXCISE_CHECK(write_report(folder));
  EXCISE_CHECK(folder.commit());
  if (output.json) {
    print_out("{}", printout.json);
  } else if (!output.quiet) {
    print_out("{}Results: {}\nReport:  {}\n", printable(printout.text),
              shown(out.string()), shown((out / kReportFile).string()));
  }
  return {};
}

}  // namespace excise
