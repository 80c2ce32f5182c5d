#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/table_cell.h"
#include "cli/terminal.h"
#include "core/threads.h"
#include "experiment/common/words.h"
#include "experiment/task/task_file.h"
#include "experiment/task/task_listing.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

struct Options {
  ReadingOptions reading;
  std::string model, file;
  int threads = 0;
  bool json = false;
};

// `318 " is"  17 "\n"`
std::string tokens_text(const Model& model, const std::vector<int>& ids) {
  std::string text;
  for (const int id : ids) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", id,
                        quoted_token(model, id));
  }
  return shown(text);
}

void print_prompts(const Model& model, const TaskListing& task,
                   const Terminal& terminal) {
  print_out("{}\n", bold(" line   metric  solved", terminal));
  for (size_t i = 0; i < task.prompts.prompts.size(); ++i) {
    const TaskPrompt& prompt = task.prompts.prompts[i];
    const TaskScore& score = task.scores.clean[i];
    const TaskRow& row = task.file.rows[prompt.row];
    print_out("{:>5} {:>8}  {:<6}  {}\n", row.line,
              cell("{:+.3f}", score.metric()), score.solved() ? "yes" : "no",
              tokens_text(model, prompt.prompt));
    print_out("{:>24}answer  {}\n", "", tokens_text(model, prompt.answer));
    if (row.foil)
      print_out("{:>24}foil    {}\n", "", tokens_text(model, prompt.foil));
  }
}

void print_totals(const TaskListing& task, const Terminal& terminal) {
  const auto say = [&](const std::string& text) {
    write_out(printable(wrapped(text, terminal.width)));
  };
  for (const RefusedRow& refused : task.prompts.refused) {
    say(fmt::format("Refused: line {}: {}", task.file.rows[refused.row].line,
                    shown(refused.reason)));
  }
  const TaskCount all = all_of(task);
  const auto with_foil = static_cast<size_t>(std::ranges::count_if(
      task.prompts.prompts, [](const auto& p) { return !p.foil.empty(); }));
  say(fmt::format(
      "{} of {} prompts solved{}.", all.solved, all.prompts,
      task.prompts.refused.empty()
          ? ""
          : fmt::format("; {} of {} rows refused", task.prompts.refused.size(),
                        task.file.rows.size())));
  if (const auto groups = groups_of(task); groups.size() > 1) {
    std::string text;
    for (const auto& [name, count] : groups) {
      text += fmt::format("{}{} {} of {}", text.empty() ? "By group: " : ", ",
                          name.empty() ? "without one" : shown(name),
                          count.solved, count.prompts);
    }
    say(text + ".");
  }
  if (with_foil > 0) {
    say("Metric: log p(answer | prompt) - log p(foil | prompt), in nats, "
        "summed over their tokens; solved where it is above 0.");
  }
  if (with_foil < all.prompts) {
    say("Metric without a foil: log p(answer | prompt), in nats; solved where "
        "greedy decoding gives the answer.");
  }
  if (with_foil > 0 && with_foil < all.prompts) {
    say(
        fmt::format("{} prompts have a foil and {} have none: do not average "
                    "them together.",
                    with_foil, all.prompts - with_foil));
  }
  const auto twice = static_cast<size_t>(std::ranges::count_if(
      task.prompts.prompts, [](const auto& p) { return p.begins_twice; }));
  if (twice > 0) {
    say(
        fmt::format("Note: {} of the prompts begin with the BOS token, and the "
                    "tokenizer puts another in front; --bos never reads them "
                    "as they are.",
                    twice));
  }
  if (!task.file.unread.empty()) {
    std::string names;
    for (const std::string& name : task.file.unread)
      names += (names.empty() ? "" : ", ") + shown(name);
    say(fmt::format("Columns that are not read: {}.", names));
  }
}

Status look(const Options& options) {
  const PlainText text =
      EXCISE_TRY(read_plain_text(options.file, kMaxTaskBytes));
  TaskFile file = EXCISE_TRY(parse_task(text.text, options.file));
  const auto folder = EXCISE_TRY(locate_model(options.model));
  Model model = EXCISE_TRY(Model::open(folder));
  EXCISE_CHECK(use_reading(options.reading, model));
  use_threads(options.threads);
  ProgressBar bar(detect_terminal().err && !options.json);
  Progress progress;
  progress.cancelled = interruption();
  progress.report = [&](std::string_view stage, size_t done, size_t total) {
    bar.show(stage, done, total);
  };
  const TaskListing task =
      EXCISE_TRY(list_task(model, std::move(file), progress));
  bar.clear();
  if (options.json) {
    print_out("{}", task_listing_json(model, task));
    return {};
  }
  const Terminal terminal = detect_terminal();
  print_prompts(model, task, terminal);
  print_totals(task, terminal);
  return {};
}

}  // namespace

void add_task(Command program) {
  Command command = program.add_command(
      "task", "what a model makes of prompts with right and wrong answers");
  auto options = std::make_shared<Options>();
  add_model_argument(command, options->model);
  command
      .add_option(
          "FILE", options->file,
          "tab- or comma-separated with the columns prompt, answer and, "
          "where you have them, foil, counterpart and group; or JSON "
          "lines with these keys")
      .type("")
      .required();
  add_reading_options(command, options->reading);
  add_threads_option(command, options->threads);
  command.add_flag("--json", options->json, "as JSON");
  command.footer(
      "Examples:\n"
      "  excise task baker-7m experiments/tasks/agreement-baker.tsv\n"
      "  excise task smollm2-135m experiments/tasks/facts.tsv --json");
  command.set_action([options] { return look(*options); });
}

}  // namespace excise
