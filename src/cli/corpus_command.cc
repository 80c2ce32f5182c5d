#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/corpus_formats.h"
#include "cli/corpus_job.h"
#include "cli/experiment_options.h"
#include "cli/field_options.h"

namespace excise {
namespace {

constexpr int64_t kMostWorkers = 1024;

struct Options {
  CorpusJob job;
  FieldOptions fields{corpus_fields(job.spec)};
  std::optional<std::string> shard, format;
};

tl::unexpected<Error> not_both(std::string option, std::string other,
                               std::string hint) {
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = std::move(option),
                                     .expected = "no " + other + " beside it",
                                     .found = "both",
                                     .hint = std::move(hint)});
}

// Options that mean nothing together.
Status check_together(const Options& options) {
  const Workers& workers = options.job.workers;
  const std::string who = workers.count ? "--workers" : "--dask";
  if (workers.count && !workers.address.empty()) {
    return not_both("--workers", "--dask",
                    "workers are processes of this machine, or those of a "
                    "cluster that is there");
  }
  if (workers.any() && options.shard)
    return not_both(who, "--shard", "workers do all shards of a run");
  if (workers.any() && options.job.estimate) {
    return not_both(who, "--estimate",
                    "without " + who + " it says how long one process takes");
  }
  if (options.shard && options.format) {
    return not_both("--format", "--shard",
                    "a shard has no tables yet: give it to excise merge");
  }
  return {};
}

Status corpus(Options& options) {
  EXCISE_CHECK(options.fields.take());
  EXCISE_CHECK(take_layer(options.job.spec));
  EXCISE_CHECK(check_together(options));
  if (options.format)
    options.job.formats = EXCISE_TRY(parse_table_formats(*options.format));
  if (options.shard)
    options.job.shard = EXCISE_TRY(parse_shard(*options.shard));
  return run_corpus_job(options.job);
}

}  // namespace

void add_corpus(Command program) {
  Command command = program.add_command(
      "corpus", "the sweep of many texts, each of them counted once");
  auto options = std::make_shared<Options>();
  CorpusJob& job = options->job;
  add_model_argument(command, job.spec.model);
  command
      .add_option("TEXTS", job.spec.texts,
                  "files and folders: .txt a text each, .jsonl a text a line, "
                  ".csv and .tsv a text a row; - is standard input")
      .type("")
      .required();
  options->fields.declare_others(command);
  command.option("--basis-file").excludes(command.option("--basis"));
  command
      .add_option("--shard", options->shard,
                  "only this part of the work, such as 2/5; excise merge makes "
                  "one result of all five")
      .type("I/N");
  command.add_flag("--resume", job.resume,
                   "go on with what an earlier run of the same left");
  command.add_flag("--estimate", job.estimate,
                   "say what it will take, and end");
  command
      .add_option(
          "--workers", job.workers.count,
          "do it in so many processes, with excise's Python package and "
          "Dask; each takes --threads, or its part of the cores")
      .type("N")
      .range(1, kMostWorkers);
  command
      .add_option(
          "--dask", job.workers.address,
          "do it on the workers of this Dask scheduler, which see model "
          "and texts under the same paths")
      .type("ADDRESS");
  add_format_option(command, options->format);
  add_result_options(command, "corpus", job.output);
  command.footer(
      "What is measured is kept at once in OUT.journal: a run that was killed "
      "goes on with\n--resume, and gives the same numbers; so does one with "
      "--workers, whose shards are\nkept in OUT.shards.\n"
      "Examples:\n"
      "  excise corpus baker-7m stories/ --estimate\n"
      "  excise corpus baker-7m stories/ --out stories-swept\n"
      "  excise corpus baker-7m stories/ --workers 4 --format csv,parquet\n"
      "  excise corpus ./llama tales.jsonl --field story --unit author "
      "--sample 500\n"
      "  excise corpus gpt2 books/ --windows-per-text 8 --shard 2/5 --out "
      "part-2");
  command.set_action([options] { return corpus(*options); });
}

}  // namespace excise
