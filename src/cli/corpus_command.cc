#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/corpus_job.h"
#include "cli/experiment_options.h"
#include "cli/field_options.h"

namespace excise {
namespace {

struct Options {
  CorpusJob job;
  FieldOptions fields{corpus_fields(job.spec)};
  std::optional<std::string> shard;
};

Status corpus(Options& options) {
  EXCISE_CHECK(options.fields.take());
  EXCISE_CHECK(take_layer(options.job.spec));
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
  add_result_options(command, "corpus", job.output);
  command.footer(
      "What is measured is kept at once in OUT.journal: a run that was killed "
      "goes on with\n--resume, and gives the same numbers.\n"
      "Examples:\n"
      "  excise corpus baker-7m stories/ --estimate\n"
      "  excise corpus baker-7m stories/ --out stories-swept\n"
      "  excise corpus ./llama tales.jsonl --field story --unit author "
      "--sample 500\n"
      "  excise corpus gpt2 books/ --windows-per-text 8 --shard 2/5 --out "
      "part-2");
  command.set_action([options] { return corpus(*options); });
}

}  // namespace excise
