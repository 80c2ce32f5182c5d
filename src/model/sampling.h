// The choice of the next token from its logits.
#ifndef EXCISE_MODEL_SAMPLING_H_
#define EXCISE_MODEL_SAMPLING_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/random.h"

namespace excise {

// How a token is drawn, with the meaning and the order that Hugging Face's
// generate() gives them: logits are divided by the temperature, then all but
// the top_k most likely tokens are left out (and those as likely as the last of
// them), then all but the most likely ones that together reach probability
// top_p.
struct Sampling {
  double temperature = 0;  // 0: the most likely token (of equals the first)
  size_t top_k = 0;        // 0: all
  double top_p = 1;        // 1: all
};

// Error bad_input for a temperature below 0, a top_p outside (0, 1], or one of
// the cuts where the temperature is 0 and nothing is drawn.
Status check_sampling(const Sampling& sampling);

struct Choice {
  int id = 0;
  // log p of the token in nats by the model's own distribution: temperature 1,
  // nothing left out.
  double logprob = 0;
};

// Draws the tokens of one sequence.
class Sampler {
 public:
  // `stream` tells sequences of one seed apart.
  Sampler(const Sampling& sampling, uint64_t seed, uint64_t stream)
      : sampling_(sampling), random_(seed, stream) {}

  // logits: [d_vocab]. Error bad_input when one is not finite.
  Result<Choice> choose(std::span<const float> logits);

 private:
  size_t draw(std::span<const float> logits, float highest);

  Sampling sampling_;
  Random random_;
  std::vector<float> exps_;  // of the logits less the highest
  std::vector<size_t> kept_;
  std::vector<double> weights_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_SAMPLING_H_
