// Continues a text, several ways at once: clean and edited, or several samples.
#ifndef EXCISE_EDIT_GENERATION_H_
#define EXCISE_EDIT_GENERATION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "model/architecture/config.h"
#include "model/incremental_forward.h"
#include "model/sampling.h"

namespace excise {

// What happens when the text reaches n_ctx tokens. kStop: it ends. kSlide: the
// last n_ctx / 2 tokens are run again as a new window, whose positions start at
// 0, whenever the context is full; also for a longer prompt.
enum class PastContext { kStop, kSlide };
std::string_view past_context_name(
    PastContext past_context);  // "stop", "slide"

struct GenerationOptions {
  size_t max_tokens = 100;
  Sampling sampling = {};
  uint64_t seed = 0;
  bool stop_at_end = true;  // at config.end_of_text, which is not part of `ids`
  PastContext past_context = PastContext::kStop;
};

// One way to continue. `stream` is that of the random numbers: clean and edited
// of one sample share it, so that they differ by the edit and not by chance.
struct ContinuationRequest {
  std::vector<SequenceHook> hooks;
  uint64_t stream = 0;
};

enum class StopReason { kMaxTokens, kEndOfText, kContext };
std::string_view stop_reason_name(StopReason reason);

struct Continuation {
  std::vector<int> ids;
  std::vector<double> logprobs;  // of each id, nats, as Choice::logprob
  StopReason stop = StopReason::kMaxTokens;
  size_t windows = 1;               // above 1: the context slid
  std::vector<size_t> hooks_fired;  // how often each hook was called
};

struct Generation {
  std::vector<Continuation> continuations;  // as requested
  double prompt_seconds = 0;                // to the first new token
  double token_seconds = 0;                 // from there to the end
  size_t steps = 0;  // new tokens after the first, of the longest
};

// New tokens of one continuation a second, the first aside, which waits for the
// prompt. NaN where there is no second one.
double tokens_per_second(const Generation& generation);

// Error bad_input: an empty prompt, an id outside the vocabulary, a prompt
// beyond the context with kStop, and what check_sampling() refuses.
Status check_generation(const ModelConfig& config, std::span<const int> prompt,
                        const GenerationOptions& options);

// Called with each new token as soon as it is chosen.
using TokenCallback = std::function<Status(size_t continuation, int id)>;

// The requests run together, so that the weights are read once for all. Errors:
// those of check_generation(), of IncrementalForward and of the callback;
// interrupted.
Result<Generation> generate(const ModelConfig& config,
                            IncrementalForward& forward,
                            std::span<const int> prompt,
                            std::span<const ContinuationRequest> requests,
                            const GenerationOptions& options,
                            const TokenCallback& on_token,
                            const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EDIT_GENERATION_H_
