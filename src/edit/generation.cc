#include "edit/generation.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "model/forward.h"

namespace excise {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One continuation while it grows.
struct Growth {
  Sequence sequence;
  Sampler sampler;
  std::vector<int> text;  // prompt and new tokens
  size_t next = 0;        // first of `text` that was not run
  bool live = true;
};

// The tokens of the next step. False when the context is full and must not
// slide.
bool prepare(const ModelConfig& config, PastContext past_context,
             Growth& growth, Continuation& continuation) {
  const size_t waiting = growth.text.size() - growth.next;
  if (growth.sequence.length() + waiting <= config.n_ctx) return true;
  if (past_context == PastContext::kStop) return false;
  growth.sequence.clear();
  growth.next = growth.text.size() - std::max<size_t>(1, config.n_ctx / 2);
  ++continuation.windows;
  return true;
}

// Takes the token and says whether the continuation goes on.
bool take(const ModelConfig& config, const GenerationOptions& options,
          const Choice& choice, Growth& growth, Continuation& continuation) {
  if (options.stop_at_end && config.ends_text(choice.id)) {
    continuation.stop = StopReason::kEndOfText;
    return false;
  }
  continuation.ids.push_back(choice.id);
  continuation.logprobs.push_back(choice.logprob);
  growth.text.push_back(choice.id);
  return continuation.ids.size() < options.max_tokens;
}

}  // namespace

std::string_view past_context_name(PastContext past_context) {
  return past_context == PastContext::kStop ? "stop" : "slide";
}

std::string_view stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kMaxTokens:
      return "max_tokens";
    case StopReason::kEndOfText:
      return "end_of_text";
    case StopReason::kContext:
      return "context";
  }
  return "max_tokens";
}

Status check_generation(const ModelConfig& config, std::span<const int> prompt,
                        const GenerationOptions& options) {
  EXCISE_CHECK(check_sampling(options.sampling));
  // Each id, whatever the length: check_ids() knows the context's only.
  for (size_t first = 0; first < prompt.size(); first += config.n_ctx) {
    const size_t count = std::min(config.n_ctx, prompt.size() - first);
    EXCISE_CHECK(check_ids(config, prompt.subspan(first, count)));
  }
  if (prompt.empty()) return check_ids(config, prompt);
  if (prompt.size() <= config.n_ctx ||
      options.past_context == PastContext::kSlide) {
    return {};
  }
  return fail(ErrorCode::kBadInput,
              {.where = "generate",
               .subject = "prompt",
               .expected = "at most " + std::to_string(config.n_ctx) +
                           " tokens, the context of this model",
               .found = std::to_string(prompt.size()),
               .hint = "shorten it, or keep its end with --past-context "
                       "slide"});
}

double tokens_per_second(const Generation& generation) {
  return generation.steps == 0
             ? std::numeric_limits<double>::quiet_NaN()
             : static_cast<double>(generation.steps) / generation.token_seconds;
}

Result<Generation> generate(const ModelConfig& config,
                            IncrementalForward& forward,
                            std::span<const int> prompt,
                            std::span<const ContinuationRequest> requests,
                            const GenerationOptions& options,
                            const TokenCallback& on_token,
                            const Progress& progress) {
  EXCISE_CHECK(check_generation(config, prompt, options));
  Generation result;
  result.continuations.resize(requests.size());
  if (options.max_tokens == 0 || requests.empty()) return result;
  // The last new token is chosen, never run.
  const size_t new_run = std::min(config.n_ctx, options.max_tokens - 1);
  const size_t capacity = std::min(config.n_ctx, prompt.size() + new_run);
  std::vector<Growth> growths;
  for (const ContinuationRequest& request : requests) {
    growths.push_back({EXCISE_TRY(forward.start(capacity, request.hooks)),
                       Sampler(options.sampling, options.seed, request.stream),
                       {prompt.begin(), prompt.end()}});
  }
  auto start = Clock::now();
  Matrix<float> logits;
  std::vector<Extension> extensions;
  std::vector<size_t> live;
  for (size_t step = 0;; ++step) {
    extensions.clear();
    live.clear();
    for (size_t c = 0; c < growths.size(); ++c) {
      Growth& growth = growths[c];
      if (!growth.live) continue;
      if (!prepare(config, options.past_context, growth,
                   result.continuations[c])) {
        result.continuations[c].stop = StopReason::kContext;
        growth.live = false;
        continue;
      }
      extensions.push_back(
          {&growth.sequence,
           std::span<const int>(growth.text).subspan(growth.next)});
      live.push_back(c);
    }
    if (live.empty()) break;
    if (logits.rows() != live.size()) {
      logits = Matrix<float>::uninitialized(live.size(), config.d_vocab);
    }
    EXCISE_CHECK(forward.extend(extensions, logits, progress));
    for (size_t i = 0; i < live.size(); ++i) {
      Growth& growth = growths[live[i]];
      Continuation& continuation = result.continuations[live[i]];
      growth.next = growth.text.size();
      const Choice choice = EXCISE_TRY(growth.sampler.choose(logits.row(i)));
      const size_t before = continuation.ids.size();
      growth.live = take(config, options, choice, growth, continuation);
      if (on_token && continuation.ids.size() > before) {
        EXCISE_CHECK(on_token(live[i], choice.id));
      }
    }
    if (step == 0) {
      result.prompt_seconds = seconds_since(start);
      start = Clock::now();
    } else {
      ++result.steps;
    }
  }
  result.token_seconds = seconds_since(start);
  for (size_t c = 0; c < growths.size(); ++c) {
    result.continuations[c].hooks_fired = growths[c].sequence.fired();
  }
  return result;
}

}  // namespace excise
