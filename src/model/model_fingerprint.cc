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
  print.add(activation_name(config.architecture.activation));
  const std::array epsilon = {config.architecture.norm_epsilon};
  print.add(std::as_bytes(std::span(epsilon)));
  for (const std::string& piece : config.identity) print.add(piece);
  return print.hex();
}

std::string Model::fingerprint_like(std::string_view known) const {
  constexpr size_t kSampledDigits = 16;
  if (known.empty()) return {};
  return known.size() == kSampledDigits ? weights.file().sampled_fingerprint()
                                        : fingerprint();
}

std::string Model::tokenizer_fingerprint(bool ends) const {
  if (!tokenizer) return {};
  if (!ends) return tokenizer->fingerprint();
  ContentFingerprint print;
  print.add(tokenizer->fingerprint());
  for (const int id : config.end_of_text) print.add(std::to_string(id));
  return print.hex();
}

Status Model::check_experiment(std::string_view fingerprint,
                               std::string_view tokenizer_fingerprint,
                               std::string_view name, bool ends) const {
  const std::string hint =
      "to run the experiment with it all the same, name the model: --model, or "
      "model= in Python";
  EXCISE_CHECK(check_stated(fingerprint, fingerprint_like(fingerprint),
                            "model " + std::string(name), hint));
  if (tokenizer_fingerprint.empty()) return {};
  return check_stated(tokenizer_fingerprint, this->tokenizer_fingerprint(ends),
                      "tokenizer of " + std::string(name), hint);
}

}  // namespace excise
