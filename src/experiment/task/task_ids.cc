#include "experiment/task/task_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiment/common/words.h"
#include "model/forward.h"

namespace excise {
namespace {

tl::unexpected<Error> refuse(std::string_view subject, std::string expected,
                             std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "task",
                                     .subject = std::string(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

bool begins_with(std::span<const int> ids, std::span<const int> beginning) {
  return ids.size() >= beginning.size() &&
         std::ranges::equal(ids.first(beginning.size()), beginning);
}

// `4 " is" 17 "\n"`, the last few.
std::string shown_tokens(const Model& model, std::span<const int> ids) {
  constexpr size_t kShown = 4;
  std::string text = ids.size() > kShown ? "…" : "";
  for (const int id : ids.last(std::min(kShown, ids.size())))
    text += (text.empty() ? "" : " ") + quoted_token(model, id);
  return text;
}

// Without what the tokenizer puts behind every text: the answer is not its end.
Result<std::vector<int>> ids_of(const Model& model, const std::string& text) {
  std::vector<int> ids = EXCISE_TRY(model.tokenizer->encode(text));
  const std::vector<int>& behind = model.tokenizer->behind();
  if (ids.size() >= behind.size() &&
      std::ranges::equal(std::span(ids).last(behind.size()), behind)) {
    ids.resize(ids.size() - behind.size());
  }
  return ids;
}

// The ids that follow the prompt's in the joint text.
Result<std::vector<int>> following(const Model& model, std::string_view what,
                                   std::span<const int> prompt,
                                   const std::string& joint_text) {
  const std::vector<int> joint = EXCISE_TRY(ids_of(model, joint_text));
  if (!begins_with(joint, prompt)) {
    const auto differs =
        std::ranges::mismatch(joint, prompt).in2 - prompt.begin();
    return refuse(
        what,
        fmt::format("a joint text that begins with the prompt's tokens ({})",
                    shown_tokens(model, prompt)),
        fmt::format("others from token {} on ({})", differs,
                    shown_tokens(model, std::span(joint).first(std::min(
                                            joint.size(), prompt.size())))),
        "begin it with a blank, or end the prompt elsewhere");
  }
  if (joint.size() == prompt.size())
    return refuse(what, "at least one token", "none");
  if (joint.size() > model.config.n_ctx) {
    return refuse("prompt with its " + std::string(what),
                  fmt::format("at most {} tokens, the context of this model",
                              model.config.n_ctx),
                  fmt::format("{}", joint.size()));
  }
  EXCISE_CHECK(check_ids(model.config, joint));
  return std::vector<int>(joint.begin() + static_cast<ptrdiff_t>(prompt.size()),
                          joint.end());
}

}  // namespace

Result<TaskPrompt> task_prompt(const Model& model, const TaskRow& row) {
  const size_t end = row.prompt.find_last_not_of(' ') + 1;
  const std::string text = row.prompt.substr(0, end);
  const std::string blanks = row.prompt.substr(end);
  TaskPrompt prompt;
  prompt.prompt = EXCISE_TRY(ids_of(model, text));
  if (prompt.prompt.empty())
    return refuse("prompt", "at least one token", "none");
  const std::vector<int>& front = model.tokenizer->front();
  prompt.begins_twice = front.size() == 1 && prompt.prompt.size() > 1 &&
                        prompt.prompt[0] == front[0] &&
                        prompt.prompt[1] == front[0];
  const std::span<const int> ids = prompt.prompt;
  prompt.answer =
      EXCISE_TRY(following(model, "answer", ids, text + blanks + row.answer));
  if (!row.foil) return prompt;
  prompt.foil =
      EXCISE_TRY(following(model, "foil", ids, text + blanks + *row.foil));
  const std::span<const int> answer = prompt.answer, foil = prompt.foil;
  if (std::ranges::equal(answer, foil)) {
    return refuse("answer and foil", "different tokens",
                  fmt::format("the same: {}", shown_tokens(model, answer)));
  }
  if (begins_with(answer, foil) || begins_with(foil, answer)) {
    return refuse("answer and foil", "neither as the beginning of the other",
                  fmt::format("{} and {}", shown_tokens(model, answer),
                              shown_tokens(model, foil)),
                  "the longer one can never be the likelier");
  }
  return prompt;
}

Result<TaskPrompts> task_prompts(const Model& model,
                                 std::span<const TaskRow> rows) {
  EXCISE_CHECK(encode_text(model, "", "task"));  // refuses without a tokenizer
  TaskPrompts found;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto prompt = task_prompt(model, rows[i]);
    if (prompt) {
      prompt->row = i;
      found.prompts.push_back(std::move(*prompt));
    } else {
      found.refused.push_back({i, prompt.error().message});
    }
  }
  return found;
}

}  // namespace excise
