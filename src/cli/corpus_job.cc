#include "cli/corpus_job.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "cli/control_table.h"
#include "cli/corpus_formats.h"
#include "cli/corpus_plan.h"
#include "cli/corpus_table.h"
#include "cli/early_note.h"
#include "cli/interrupt.h"
#include "cli/parts_table.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/scan_table.h"
#include "cli/sweep_job.h"
#include "cli/terminal.h"
#include "cli/variants_table.h"
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
                     parts_table(corpus.summary, terminal) +
                     variants_table(corpus.summary, terminal) +
                     scan_table(corpus.spec, corpus.summary, terminal) +
                     together_table(corpus.summary, terminal);
  for (const Passage& passage : corpus_passages(data.header(), data, corpus))
    text += wrapped(passage.text, terminal.width);
  return text + "\n";
}

Result<Printout> write_and_print(const OutputFolder& folder,
                                 const MeasuredCorpus& corpus,
                                 const TableWriter& tables) {
  std::string json = EXCISE_TRY(write_corpus(folder, corpus, tables.formats()));
  EXCISE_CHECK(tables.finish(folder, corpus.data->header()));
  return Printout{std::move(json), printed(corpus)};
}

fs::path journal_of(const fs::path& out) {
  fs::path journal = out;
  if (!journal.has_filename()) journal = journal.parent_path();
  return journal += ".journal";
}

// Of a run that is whole by now: what it was made of.
void remove_leftovers(const fs::path& out) {
  std::error_code ignored;
  fs::remove(journal_of(out), ignored);
  remove_shards(shards_of(out));
}

EarlierJournal earlier_of(const CorpusJob& job) {
  return job.resume           ? EarlierJournal::kGoOn
         : job.output.replace ? EarlierJournal::kReplace
                              : EarlierJournal::kRefuse;
}

// Whether OUT has the whole of this very run already.
Result<bool> is_finished(const fs::path& out, const CorpusRun& run,
                         const TableWriter& tables) {
  std::error_code ignored;
  if (!fs::exists(out / kJournalName, ignored)) return false;
  const CorpusHeader there = EXCISE_TRY(read_finished(out));
  const std::string differs = difference(there, run.header());
  if (differs.empty()) {
    EXCISE_CHECK(tables.check_there(out, there));
    return true;
  }
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = out.string(),
                                     .expected = "a result of this very run",
                                     .found = "another one: " + differs,
                                     .hint = "give another --out"});
}

// What is there of an earlier run that was done by others than this one.
Status check_other_leftovers(const CorpusJob& job, const fs::path& out) {
  const bool clustered = job.workers.any();
  const fs::path other = clustered ? journal_of(out) : shards_of(out);
  std::error_code ignored;
  if (job.output.replace || !fs::exists(other, ignored)) return {};
  return fail(
      ErrorCode::kBadInput,
      {.where = "corpus",
       .subject = other.string(),
       .expected = "no earlier run",
       .found = clustered ? "one without --workers that did not come to its end"
                          : "one of workers that did not come to its end",
       .hint = clustered ? "without --workers or --dask, --resume goes on with "
                           "it; --force begins anew"
                         : "with --workers or --dask, --resume goes on with "
                           "it; --force begins anew"});
}

// What the job needs beside this program.
struct Helpers {
  TableWriter tables;
  std::optional<CorpusCluster> cluster;
};

Result<Printout> corpus_and_write(const CorpusJob& job, const Helpers& helpers,
                                  const ResultPlace& place) {
  EXCISE_CHECK(check_other_leftovers(job, place.out));
  const CorpusRun run = EXCISE_TRY(
      CorpusRun::prepare(place.model, job.spec, place.provenance.model_name,
                         place.provenance.program_version, place.progress));
  place.bar.clear();
  if (!job.output.quiet) print_error("{}", plan_text(place.model, run));
  EarlyNote note(few_draws_notes(job.spec.controls), job.output.quiet);
  const fs::path journal = journal_of(place.out);
  std::vector<fs::path> journals = {journal};
  if (helpers.cluster) {
    journals = EXCISE_TRY(
        helpers.cluster->measure(run, job.spec, shards_of(place.out),
                                 earlier_of(job), !place.bar.visible()));
  } else {
    EXCISE_CHECK(run.measure(journal, earlier_of(job),
                             job.shard.value_or(Shard()), place.progress));
  }
  note.succeed();
  if (!job.shard) {
    return write_and_print(
        place.folder,
        EXCISE_TRY(read_corpus_journals(journals, place.progress)),
        helpers.tables);
  }
  return Printout{
      EXCISE_TRY(write_shard(place.folder, *job.shard, journal)),
      fmt::format("Shard {} of {}: excise merge makes one result of all.\n",
                  job.shard->index, job.shard->count)};
}

// --estimate, and --resume of what may be finished: nothing is written.
Result<bool> look_first(const CorpusJob& job, const TableWriter& tables) {
  const CorpusSpec& spec = job.spec;
  const auto folder = EXCISE_TRY(locate_model(spec.model));
  Model model = EXCISE_TRY(Model::open(folder));
  EXCISE_CHECK(model.use(spec.reading));
  const std::string name = model_name(spec.model, folder);
  ProgressBar bar(detect_terminal().err && !job.output.quiet &&
                  !job.output.json);
  Progress progress{.report = {}, .cancelled = interruption()};
  progress.report = [&](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  const CorpusRun run = EXCISE_TRY(CorpusRun::prepare(
      model, spec, name, std::string(program_version()), progress));
  bar.clear();
  const fs::path out =
      job.output.out.empty() ? default_folder(name, "corpus") : job.output.out;
  if (!job.estimate) {
    if (!EXCISE_TRY(is_finished(out, run, tables))) return false;
    remove_leftovers(out);
    if (!job.output.quiet)
      print_out("Finished already: {}\n", shown(out.string()));
    return true;
  }
  print_out("{}", printable(plan_text(model, run)));
  const double seconds =
      EXCISE_TRY(run.estimate(job.shard.value_or(Shard()), progress));
  bar.clear();
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

Status run_corpus_job(const CorpusJob& asked) {
  CorpusJob job = asked;
  EXCISE_CHECK(check_corpus_spec(job.spec));
  EXCISE_CHECK(check_toml_text(corpus_spec_to_toml(job.spec)));
  Helpers helpers{EXCISE_TRY(TableWriter::find(job.formats)), std::nullopt};
  if (job.workers.any()) {
    helpers.cluster = EXCISE_TRY(CorpusCluster::find(job.workers, job.spec));
  }
  if (job.estimate || job.resume) {
    if (EXCISE_TRY(look_first(job, helpers.tables))) return {};
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
  fs::path out;
  EXCISE_CHECK(run_result_job(job.spec.model, job.spec.reading, "corpus",
                              output, [&](const ResultPlace& place) {
                                out = place.out;
                                return corpus_and_write(job, helpers, place);
                              }));
  remove_leftovers(out);
  return {};
}

Status run_merge_job(const std::vector<fs::path>& shards, TableFormats formats,
                     const ResultOptions& output) {
  const TableWriter tables = EXCISE_TRY(TableWriter::find(formats));
  const std::vector<fs::path> journals = EXCISE_TRY(shard_journals(shards));
  const fs::path out =
      output.out.empty() ? fs::path("results/merged") : output.out;
  EXCISE_CHECK(check_not_input(EXCISE_TRY(output_place(out)), shards));
  OutputFolder folder = EXCISE_TRY(OutputFolder::create(out, output.replace));
  const Printout printout = EXCISE_TRY(write_and_print(
      folder, EXCISE_TRY(read_corpus_journals(journals, Progress())), tables));
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
