#include "experiment/task/task_scores.h"

#include <algorithm>
#include <utility>

#include "run/executor.h"
#include "run/run_branches.h"

namespace excise {
namespace {

// Of a pass; a longer text has one of its own.
constexpr size_t kPassTokens = 1024;

// Where an answer or a foil is read: the rows that predict its tokens, which
// follow one another.
struct Reading {
  size_t text = 0;      // of the pass
  size_t position = 0;  // of the first of those rows in the text
  std::span<const int> tokens;
};

// Texts that share a pass, and what is read of them.
struct Pass {
  std::vector<std::vector<int>> texts;
  std::vector<Reading> readings;  // answer, then foil, prompt after prompt
  size_t tokens = 0;
};

bool begins(const std::vector<int>& text, const std::vector<int>& beginning) {
  return text.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), text.begin());
}

// The texts of one prompt: one where answer and foil are predicted along the
// same tokens.
Pass pass_of(const TaskPrompt& prompt) {
  const size_t position = prompt.prompt.size() - 1;
  Pass pass;
  pass.texts.push_back(predicting_text(prompt, prompt.answer));
  pass.readings.push_back({0, position, prompt.answer});
  if (!prompt.foil.empty()) {
    std::vector<int> foil = predicting_text(prompt, prompt.foil);
    pass.readings.push_back({0, position, prompt.foil});
    if (begins(foil, pass.texts[0])) {
      pass.texts[0] = std::move(foil);
    } else if (!begins(pass.texts[0], foil)) {
      pass.readings[1].text = 1;
      pass.texts.push_back(std::move(foil));
    }
  }
  for (const std::vector<int>& text : pass.texts) pass.tokens += text.size();
  return pass;
}

void append(Pass more, Pass& pass) {
  for (Reading& reading : more.readings) {
    reading.text += pass.texts.size();
    pass.readings.push_back(reading);
  }
  std::ranges::move(more.texts, std::back_inserter(pass.texts));
  pass.tokens += more.tokens;
}

// What one run says of each reading, sums over its tokens.
struct Read {
  double logprob = 0;
  bool greedy = true;
  // As PartsOfEffect, where the branch asks for it.
  double direct = 0;
  std::vector<double> shares;
  size_t points = 0;
};

// Adds what a request has of it to its reading.
void add_parts(const PartsOfEffect& parts, size_t request, Read& read) {
  if (parts.direct.empty()) return;
  read.direct += parts.direct[request];
  read.shares.resize(parts.shares.rows());
  for (size_t p = 0; p < parts.shares.rows(); ++p)
    read.shares[p] += parts.shares(p, request);
  read.points = std::max(read.points, parts.points);
}

// A clean run takes a branch of its own, which changes nothing.
constexpr BranchTag kNothing{"no_op", false, false};

Result<EditText> change_nothing(std::span<const std::vector<int>>) {
  return EditText([](size_t, size_t, MatrixView<const float>,
                     std::span<const Branch>,
                     std::span<const MatrixView<float>> deltas) -> Status {
    for (const MatrixView<float>& delta : deltas) {
      for (size_t t = 0; t < delta.rows(); ++t)
        std::ranges::fill(delta.row(t), 0.0F);
    }
    return {};
  });
}

class PassRunner {
 public:
  PassRunner(const Model& model, std::span<const Branch> branches,
             const EditTexts& edit, const RunOptions& options,
             const Progress& progress, BranchAudit& audit)
      : model_(model),
        branches_(branches),
        edit_(edit),
        options_(options),
        progress_(progress),
        audit_(audit) {}

  // [1 + branches][readings], the clean run first.
  Result<std::vector<std::vector<Read>>> run(const Pass& pass) {
    std::vector<std::vector<Read>> read(
        1 + branches_.size(), std::vector<Read>(pass.readings.size()));
    if (options_.executor == Executor::kWavefront) {
      EXCISE_CHECK(run_texts(pass, 0, pass.texts.size(), read));
      return read;
    }
    for (size_t text = 0; text < pass.texts.size(); ++text)
      EXCISE_CHECK(run_texts(pass, text, 1, read));
    return read;
  }

 private:
  // Of `count` texts from `first` on.
  Status run_texts(const Pass& pass, size_t first, size_t count,
                   std::vector<std::vector<Read>>& read) {
    const auto texts = std::span(pass.texts).subspan(first, count);
    std::vector<int> ids;
    std::vector<size_t> starts = {0};
    for (const std::vector<int>& text : texts) {
      ids.insert(ids.end(), text.begin(), text.end());
      starts.push_back(ids.size());
    }
    std::vector<PredictionRequest> requests;
    std::vector<size_t> of_reading;  // [requests]
    for (size_t r = 0; r < pass.readings.size(); ++r) {
      const Reading& reading = pass.readings[r];
      if (reading.text < first || reading.text >= first + count) continue;
      const size_t row = starts[reading.text - first] + reading.position;
      for (size_t i = 0; i < reading.tokens.size(); ++i) {
        requests.push_back({row + i, reading.tokens[i]});
        of_reading.push_back(r);
      }
    }
    const TextRows rows(ids.size(), starts);
    EditText edit_text = EXCISE_TRY(edit_(texts));
    const ExecutorInput input{
        .config = model_.config,
        .weights = model_.weights,
        .ids = ids,
        .branches = branches_,
        .edit = edit_by_text(rows, std::move(edit_text)),
        .capture = std::nullopt,
        .requests = requests,
        .starts = count == 1 ? std::span<const size_t>() : starts};
    const ExecutorOutput output =
        EXCISE_TRY(run_branches(input, options_, "task", progress_, audit_));
    for (size_t i = 0; i < requests.size(); ++i) {
      const auto& [position, token] = requests[i];
      const size_t r = of_reading[i];
      const double clean = output.clean.requested[i].logprob;
      read[0][r].logprob += clean;
      read[0][r].greedy &= output.clean.top1[position] == token;
      for (size_t b = 0; b < branches_.size(); ++b) {
        const BranchEffect& effect = output.effects[b];
        read[1 + b][r].logprob += clean - effect.requested[i].logprob;
        read[1 + b][r].greedy &= effect.top1[position] == token;
        add_parts(effect.parts, i, read[1 + b][r]);
      }
    }
    for (const Branch& branch : branches_)
      audit_.edits_expected += count * (1 + branch.further.size());
    for (const BranchEffect& effect : output.effects)
      audit_.edits_fired += effect.fired * count;
    return {};
  }

  const Model& model_;
  std::span<const Branch> branches_;
  const EditTexts& edit_;
  const RunOptions& options_;
  const Progress& progress_;
  BranchAudit& audit_;
};

// Of the prompts first, first + 1, ...
void take(std::span<const TaskPrompt> prompts, std::span<const Read> read,
          std::vector<TaskScore>& scores) {
  size_t r = 0;
  for (const TaskPrompt& prompt : prompts) {
    TaskScore score{.answer = read[r].logprob, .greedy = read[r].greedy};
    ++r;
    if (!prompt.foil.empty()) score.foil = read[r++].logprob;
    scores.push_back(score);
  }
}

// The same of what the branch asks for beside its scores.
void take_parts(std::span<const TaskPrompt> prompts, std::span<const Read> read,
                EffectParts asked, TaskParts& parts) {
  if (asked == EffectParts::kNone) return;
  size_t r = 0;
  for (const TaskPrompt& prompt : prompts) {
    const Read& answer = read[r++];
    const Read* foil = prompt.foil.empty() ? nullptr : &read[r++];
    parts.direct.push_back(answer.direct - (foil ? foil->direct : 0));
    parts.points =
        std::max({parts.points, answer.points, foil ? foil->points : 0});
    if (asked != EffectParts::kAll) continue;
    std::vector<double>& shares = parts.shares.emplace_back(answer.shares);
    for (size_t p = 0; foil && p < shares.size(); ++p)
      shares[p] -= foil->shares[p];
  }
}

}  // namespace

std::vector<int> predicting_text(const TaskPrompt& prompt,
                                 std::span<const int> next) {
  std::vector<int> ids = prompt.prompt;
  ids.insert(ids.end(), next.begin(), next.end() - 1);
  return ids;
}

Result<TaskScores> score_task(const Model& model,
                              std::span<const TaskPrompt> prompts,
                              std::span<const Branch> branches,
                              const EditTexts& edit, const RunOptions& options,
                              const Progress& progress, BranchAudit& audit) {
  Progress within = progress;
  within.report = nullptr;  // steps of many short passes tell nobody anything
  const Branch nothing{.layer = model.config.n_layers - 1, .tag = kNothing};
  const bool edits = !branches.empty();
  const EditTexts no_edit = change_nothing;
  PassRunner runner(model, edits ? branches : std::span(&nothing, 1),
                    edits ? edit : no_edit, options, within, audit);
  TaskScores scores;
  scores.edited.resize(branches.size());
  scores.parts.resize(branches.size());
  for (size_t first = 0; first < prompts.size();) {
    Pass pass = pass_of(prompts[first]);
    size_t last = first + 1;
    while (last < prompts.size()) {
      Pass more = pass_of(prompts[last]);
      if (pass.tokens + more.tokens > kPassTokens) break;
      append(std::move(more), pass);
      ++last;
    }
    EXCISE_CHECK(progress.check_cancelled());
    if (progress.report) progress.report("prompts", first, prompts.size());
    const auto read = EXCISE_TRY(runner.run(pass));
    const auto some = prompts.subspan(first, last - first);
    take(some, read[0], scores.clean);
    for (size_t b = 0; b < branches.size(); ++b) {
      take(some, read[1 + b], scores.edited[b]);
      take_parts(some, read[1 + b], branches[b].parts, scores.parts[b]);
    }
    scores.tokens += pass.tokens;
    first = last;
  }
  if (progress.report)
    progress.report("prompts", prompts.size(), prompts.size());
  return scores;
}

}  // namespace excise
