#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/experiment_options.h"
#include "cli/generation_text.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress_bar.h"
#include "cli/result_job.h"
#include "cli/terminal.h"
#include "cli/text_source.h"
#include "core/threads.h"
#include "edit/edit.h"
#include "edit/generation.h"
#include "edit/generation_json.h"
#include "experiment/common/bundled.h"
#include "experiment/common/number_lists.h"
#include "io/utf8.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  ReadingOptions reading;
  std::string model;
  std::optional<std::string> prompt, prompt_file, ids, standard_input;
  std::vector<std::string> edits;
  bool compare = false;
  size_t samples = 1;
  GenerationOptions generation;
  std::string past_context = "stop";
  bool ignore_end = false;
  int threads = 0;
  bool json = false;
  bool quiet = false;
};

tl::unexpected<Error> bad_option(std::string subject, std::string expected,
                                 std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "generate",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

Result<std::vector<int>> prompt_ids(const Options& options,
                                    const Model& model) {
  if (options.ids) return parse_ids(*options.ids);
  if (options.standard_input && *options.standard_input != "-") {
    return bad_option("second argument", "- (the prompt from standard input)",
                      "\"" + *options.standard_input + "\"",
                      "a prompt is given with --prompt");
  }
  std::string text;
  if (options.prompt) {
    text = *options.prompt;
  } else if (options.prompt_file) {
    text = EXCISE_TRY(read_text(*options.prompt_file));
  } else if (options.standard_input) {
    text = EXCISE_TRY(read_text("-"));
  } else {
    return bad_option("prompt",
                      "--prompt, --prompt-file, --ids, or - for standard input",
                      "none");
  }
  if (text.empty()) {
    return bad_option("--prompt", "at least one token", "an empty text");
  }
  if (!model.tokenizer) {
    return bad_option("prompt", "a model with a tokenizer",
                      model.path.string() + ", which has none",
                      "give token ids with --ids");
  }
  return model.tokenizer->encode(text);
}

Result<GenerationOptions> generation_options(const Options& options) {
  GenerationOptions generation = options.generation;
  generation.stop_at_end = !options.ignore_end;
  if (options.past_context == "slide") {
    generation.past_context = PastContext::kSlide;
  } else if (options.past_context != "stop") {
    return bad_option("--past-context", "stop or slide", options.past_context);
  }
  if (options.compare && options.edits.empty()) {
    return bad_option("--compare", "an edit to compare with the clean model",
                      "none", "give one with --edit EDIT.toml");
  }
  if (options.samples > 1 && generation.sampling.temperature == 0) {
    return bad_option("--samples", "a temperature above 0 beside it",
                      "temperature 0, which gives the same text each time",
                      "add e.g. --temperature 1");
  }
  return generation;
}

// Prints one continuation while it grows.
class Printer {
 public:
  Printer(const Model& model, const Terminal& terminal)
      : model_(model), terminal_(terminal) {}

  // Error io where nobody reads it any more.
  Status operator()(int id) {
    if (model_.tokenizer) {
      print(stream_.push(EXCISE_TRY(model_.tokenizer->decode({&id, 1}))));
    } else {
      print((first_ ? "" : ",") + std::to_string(id));
      first_ = false;
    }
    return flush_out();
  }
  void finish() { print(stream_.finish() + "\n"); }

 private:
  void print(const std::string& text) {
    print_out("{}", terminal_.out ? without_controls(text) : text);
  }
  const Model& model_;
  const Terminal& terminal_;
  Utf8Stream stream_;
  bool first_ = true;
};

// One line on standard error about what was made.
void print_closing(const Generation& generation,
                   const std::vector<Edit>& edits) {
  const Continuation& first = generation.continuations.front();
  std::string line = fmt::format("{} tokens", first.ids.size());
  if (const double rate = tokens_per_second(generation); std::isfinite(rate)) {
    line += fmt::format(", {:.0f} a second", rate);
    if (generation.continuations.size() > 1) {
      line += fmt::format(" in each of {} continuations",
                          generation.continuations.size());
    }
  }
  line += fmt::format("; {}", stop_text(first.stop));
  if (first.windows > 1) {
    line += fmt::format("; the context slid {} times", first.windows - 1);
  }
  if (!edits.empty()) line += "; " + edit_text(edits);
  print_error("[{}]\n", printable(line));
}

Status run_generate(const Options& options) {
  const auto start = Clock::now();
  const GenerationOptions generation_settings =
      EXCISE_TRY(generation_options(options));
  use_threads(options.threads);
  const auto folder = EXCISE_TRY(locate_model(options.model));
  Model model = EXCISE_TRY(Model::open(folder));
  EXCISE_CHECK(use_reading(options.reading, model));
  const std::vector<int> prompt = EXCISE_TRY(prompt_ids(options, model));
  EXCISE_CHECK(check_generation(model.config, prompt, generation_settings));
  std::vector<EditSpec> specs;
  for (const std::string& path : options.edits) {
    specs.push_back(EXCISE_TRY(read_edit(path)));
  }
  const std::vector<Edit> edits = EXCISE_TRY(open_edits(specs, model));

  std::vector<ContinuationRequest> requests;
  std::vector<ContinuationLabel> labels;
  for (size_t sample = 0; sample < options.samples; ++sample) {
    if (edits.empty() || options.compare) {
      requests.push_back({{}, sample});
      labels.push_back({"clean", sample});
    }
    if (!edits.empty()) {
      requests.push_back({sequence_hooks(edits), sample});
      labels.push_back({"edited", sample});
    }
  }

  const Terminal terminal = detect_terminal();
  const bool streams = requests.size() == 1 && !options.json;
  ProgressBar bar(terminal.err && !options.quiet && !options.json && !streams);
  Progress progress;
  progress.cancelled = interruption();
  if (!options.json && !options.quiet) {
    print_out("{}{}", bold(shown_text(model, prompt), terminal),
              streams ? (model.tokenizer ? "" : ",") : "\n\n");
    EXCISE_CHECK(flush_out());
  }
  Printer printer(model, terminal);
  size_t produced = 0;
  const TokenCallback on_token = [&](size_t, int id) -> Status {
    if (streams) return printer(id);
    bar.show("tokens", ++produced,
             requests.size() * generation_settings.max_tokens);
    return {};
  };
  IncrementalForward forward =
      EXCISE_TRY(IncrementalForward::create(model.config, model.weights));
  const double load_seconds =
      std::chrono::duration<double>(Clock::now() - start).count();
  const auto generation = model.weights.file().confirmed(
      generate(model.config, forward, prompt, requests, generation_settings,
               on_token, progress));
  bar.clear();
  if (streams) printer.finish();
  if (!generation) return tl::unexpected<Error>(generation.error());

  if (options.json) {
    const Provenance provenance{
        .program_version = std::string(program_version()),
        .model_name = model_name(options.model, folder),
        .load_seconds = load_seconds};
    print_out("{}", generation_json(model, prompt, edits, generation_settings,
                                    labels, *generation, provenance));
    return {};
  }
  const auto& continuations = generation->continuations;
  for (size_t c = 0; !streams && c < continuations.size(); ++c) {
    if (options.samples > 1 && (!options.compare || c % 2 == 0)) {
      print_out("{}\n",
                bold(fmt::format("sample {}", labels[c].sample + 1), terminal));
    }
    if (options.compare) {
      print_out("{}", compared_text(model, continuations[c],
                                    continuations[c + 1], terminal));
      ++c;
    } else {
      print_out("{}\n\n", shown_text(model, continuations[c].ids));
    }
  }
  EXCISE_CHECK(flush_out());
  if (!options.quiet) print_closing(*generation, edits);
  return {};
}

void add_prompt_options(Command command, Options& options) {
  Command group = command.add_choice("Prompt", "one of them");
  group.add_option("--prompt", options.prompt, "the text to continue");
  group
      .add_option("--prompt-file", options.prompt_file,
                  "a file with it; one newline at its end is left out")
      .type("FILE");
  group.add_option("--ids", options.ids, "token ids such as 464,3290,318")
      .type("IDS");
  group
      .add_option("STDIN", options.standard_input,
                  "-: the prompt from standard input")
      .type("");
}

void add_sampling_options(Command command, Options& options) {
  GenerationOptions& generation = options.generation;
  constexpr int64_t kMostTokens = 1'000'000;
  constexpr int64_t kMostSamples = 256;
  command
      .add_option("--max-tokens", generation.max_tokens, "new tokens at most")
      .type("N")
      .range(0, kMostTokens)
      .show_default();
  command
      .add_option("--temperature", generation.sampling.temperature,
                  "0: always the most likely token")
      .type("T")
      .show_default();
  command
      .add_option("--top-k", generation.sampling.top_k,
                  "draw from the K most likely tokens (0: from all)")
      .type("K")
      .range(0, kMostTokens)
      .show_default();
  command
      .add_option("--top-p", generation.sampling.top_p,
                  "draw from the most likely tokens that together reach P")
      .type("P")
      .show_default();
  command.add_option("--seed", generation.seed, "of the draws")
      .type("N")
      .range(0, std::numeric_limits<int64_t>::max())
      .show_default();
  command
      .add_option("--samples", options.samples,
                  "continuations of the one prompt")
      .type("N")
      .range(1, kMostSamples)
      .show_default();
  command
      .add_option("--past-context", options.past_context,
                  "when the context is full: stop, or slide (keep its second "
                  "half as a new window)")
      .type("NAME")
      .show_default();
  command.add_flag("--ignore-end", options.ignore_end,
                   "go on after <|endoftext|>");
}

}  // namespace

void add_generate(Command program) {
  Command command = program.add_command(
      "generate", "continue a text with the clean or the edited model");
  auto options = std::make_shared<Options>();
  add_model_argument(command, options->model);
  add_prompt_options(command, *options);
  command
      .add_option("--edit", options->edits,
                  "a TOML file that describes an edit; may be given again")
      .type("EDIT.toml")
      .repeatable();
  command.add_flag("--compare", options->compare,
                   "clean and edited side by side");
  add_sampling_options(command, *options);
  add_threads_option(command, options->threads);
  add_reading_options(command, options->reading);
  command.add_flag("--json", options->json,
                   "JSON with ids and log-probabilities instead of text");
  command.add_flag("--quiet", options->quiet,
                   "the new text alone: no prompt, no closing line");
  command.footer(
      "Examples:\n"
      "  excise generate baker-7m --prompt \"The detective looked at the\"\n"
      "  excise generate gpt2 --prompt-file page.txt --temperature 0.8 --top-p "
      "0.95 --seed 7\n"
      "  excise generate gpt2 --prompt \"She said\" --edit edit.toml "
      "--compare");
  command.set_action([options] { return run_generate(*options); });
}

}  // namespace excise
