// Which model it is, by its content.
#include <array>
#include <string>

#include "io/fingerprint.h"
#include "model/model.h"

namespace excise {

std::string Model::fingerprint() const {
  ContentFingerprint print;
  print.add(weights.file().fingerprint());
  print.add(std::to_string(config.n_heads));
  print.add(activation_name(config.activation));
  const std::array epsilon = {config.layer_norm_epsilon};
  print.add(std::as_bytes(std::span(epsilon)));
  for (const bool option :
       {config.scale_attn_weights, config.scale_attn_by_inverse_layer_idx,
        config.tie_word_embeddings})
    print.add(option ? "1" : "0");
  return print.hex();
}

std::string Model::fingerprint_like(std::string_view known) const {
  constexpr size_t kSampledDigits = 16;
  if (known.empty()) return {};
  return known.size() == kSampledDigits ? weights.file().sampled_fingerprint()
                                        : fingerprint();
}

Status Model::check_experiment(std::string_view fingerprint,
                               std::string_view name) const {
  if (fingerprint.empty() || fingerprint_like(fingerprint) == fingerprint)
    return {};
  return fail(ErrorCode::kBadInput,
              {.where = "run",
               .subject = "model " + std::string(name),
               .expected = "the one of this experiment (fingerprint " +
                           std::string(fingerprint) + ")",
               .found = "another (" + fingerprint_like(fingerprint) + ")",
               .hint = "to run the experiment with it all the same, name it: "
                       "--model, or model= in Python"});
}

}  // namespace excise
