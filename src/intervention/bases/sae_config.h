// cfg.json of a sparse autoencoder in the SAELens format, versions 1 to 6.
// https://decoderesearch.github.io/SAELens/
#ifndef EXCISE_INTERVENTION_BASES_SAE_CONFIG_H_
#define EXCISE_INTERVENTION_BASES_SAE_CONFIG_H_

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace excise {

enum class SaeArchitecture { kStandard, kJumpRelu, kTopK, kGated };
// What is done to an activation before encoding and undone after decoding.
// kConstantNorm: scaled to length sqrt(d_in). kLayerNorm: less its mean,
// divided by its standard deviation (n - 1).
enum class SaeNormalization { kNone, kConstantNorm, kLayerNorm };

struct SaeConfig {
  SaeArchitecture architecture = SaeArchitecture::kStandard;
  size_t d_in = 0;
  size_t d_sae = 0;
  // The mean of each activation is taken off before anything else, as in a
  // model with centred writing weights.
  bool centre_input = false;
  bool apply_b_dec_to_input = true;
  SaeNormalization normalization = SaeNormalization::kNone;
  size_t k = 0;                               // topk alone
  bool rescale_acts_by_decoder_norm = false;  // topk alone
  std::string hook;   // where it was trained; empty where the file does not say
  std::string model;  // the same
};

// text: the content; path for messages. Every key is known or an error, so that
// no option goes by that would change the numbers. Errors: bad_file (not JSON,
// a key missing or of another type), unsupported (a key or value that excise
// does not know).
Result<SaeConfig> parse_sae_config(std::string_view text,
                                   const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_SAE_CONFIG_H_
