// sae: the features of a trained sparse autoencoder in the SAELens format. The
// error A - SAE(A) is kept when features are removed.
#ifndef EXCISE_INTERVENTION_BASES_SAE_H_
#define EXCISE_INTERVENTION_BASES_SAE_H_

#include <filesystem>
#include <memory>

#include "core/error.h"
#include "intervention/bases/sae_config.h"
#include "intervention/basis_file.h"
#include "intervention/decomposition.h"

namespace excise {

// The weights in float32, as stored. b_enc, b_gate, ...: [d_sae]; absent ones
// are empty.
struct SaeWeights {
  Matrix<float> W_enc;                                   // [d_in, d_sae]
  Matrix<float> W_dec;                                   // [d_sae, d_in]
  Matrix<float> b_enc, threshold, b_gate, r_mag, b_mag;  // [1, d_sae]
  Matrix<float> b_dec;                                   // [1, d_in]
};

// Component j is feature j. With x the activation (less its mean where the
// config says so), normalised, less b_dec where the config says so:
//   standard  relu(x W_enc + b_enc)
//   jumprelu  the same where x W_enc + b_enc > threshold, else 0
//   topk      the same for the k largest, else 0
//   gated     relu(x (W_enc exp(r_mag)) + b_mag) where x W_enc + b_gate > 0
// Codes are in units of the activation: times what the normalisation divided
// by, so that codes atoms is the feature's part of the reconstruction. Atoms
// are rows of W_dec with the signs they have. centre(): b_dec.
std::unique_ptr<const Decomposition> make_sae(SaeConfig config,
                                              SaeWeights weights);

inline constexpr const char* kSaeWeightsFile = "sae_weights.safetensors";

// folder: cfg.json and kSaeWeightsFile. A set of one hook, that of the
// config; its model is known by name only. Errors: io, those of
// parse_sae_config(), unsupported for a factor of the codes other
// than 1, bad_file for tensors that are missing, extra, misshapen
// or not finite, or where nobody says for which hook it is.
Result<BasisSet> read_sae(const std::filesystem::path& folder);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_BASES_SAE_H_
