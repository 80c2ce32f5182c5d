// Runs branches: the naive way, which is the definition, and as a wavefront,
// which is the fast one.
#ifndef EXCISE_RUN_EXECUTOR_H_
#define EXCISE_RUN_EXECUTOR_H_

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/matrix.h"
#include "core/progress.h"
#include "model/architecture/config.h"
#include "model/weights.h"
#include "run/branch.h"
#include "run/run_options.h"

namespace excise {

// Gives the products of rows, [rows, d_model], with the unembedding of some
// tokens, [rows, tokens].
using UnembeddingProduct =
    std::function<Status(MatrixView<const float> rows, MatrixView<float> out)>;

// Takes the block of the vocabulary that begins at `first`.
using VocabularyBlock = std::function<Status(
    size_t first, size_t tokens, const UnembeddingProduct& multiply)>;

// Takes the effects of branches first, first + 1, ... of the input.
using TakeEffects =
    std::function<void(size_t first, std::span<const BranchEffect> effects)>;

// Borrows everything for the time of the call.
struct ExecutorInput {
  const ModelConfig& config;
  const Weights& weights;
  std::span<const int> ids;  // of all texts, one behind the other
  // In ascending order of their layers and, at a layer, of their hooks.
  std::span<const Branch> branches;
  EditLayer edit;
  std::optional<CaptureRequest> capture;
  std::span<const PredictionRequest> requests = {};
  // Called by the wavefront once all layers are done: for what else is to be
  // multiplied with the vocabulary. May be empty.
  VocabularyBlock vocabulary_block = {};
  // Where it is there it gets the effects, pass after pass, and
  // ExecutorOutput::effects stays empty: of many branches with long texts they
  // are what takes most of the memory.
  TakeEffects take_effects = {};
  // Of several texts, as TextRows has it: rows are tokens of all of them, and
  // so are the positions of requests. Of the wavefront alone; empty: one text.
  std::span<const size_t> starts = {};
};

constexpr size_t kMostSampled = 2;

// Where the shares of an effect miss it by more, in nats, its integral
// takes more points.
constexpr double kPartsTolerance = 1e-4;

struct WavefrontOptions {
  Compute compute = Compute::kF32;
  uint64_t memory_limit = 0;  // bytes of anonymous memory; 0: no limit
  // Branches, ascending and at most kMostSampled, that a rounded run carries in
  // float32 as well, for ExecutorOutput::exact.
  std::span<const size_t> sample = {};
  double parts_tolerance = kPartsTolerance;
  // Told once the first layer is done, for start-up timings.
  std::function<void()> first_layer_done = {};
};

// Where branches can edit, in the order of a block.
inline constexpr std::array kEditHooks = {
    HookPoint::kResidPre,     HookPoint::kZ,
    HookPoint::kAttnOut,      HookPoint::kResidMid,
    HookPoint::kMlpPreLinear, HookPoint::kMlpPre,
    HookPoint::kMlpPost,      HookPoint::kMlpOut,
    HookPoint::kResidPost};

// Errors: those of check_ids; bad_input for a request outside the text or the
// vocabulary, or a hook that the model lacks; internal for branches out of
// order or at other hooks.
Status check_input(const ExecutorInput& input);

// What an executor hands on has numbers throughout. Errors bad_input, the
// second naming the layer and the branch whose edit drives the model out of
// float32.
Status check_clean(const CleanRun& clean);
Status check_effects(std::span<const Branch> branches,
                     std::span<const BranchEffect> effects);

// One full forward pass for each branch and one for the clean run. Errors:
// those of check_input, run_forward, unembed, check_clean and check_effects,
// and what edit returns.
Result<ExecutorOutput> run_naive(const ExecutorInput& input,
                                 const Progress& progress);

// All branches as extra rows of one pass over the layers, or of a few passes
// where the memory limit asks for it. Numbers are those of run_naive up to
// rounding. Errors: the same, and out_of_memory when not even one branch fits.
Result<ExecutorOutput> run_wavefront(const ExecutorInput& input,
                                     const WavefrontOptions& options,
                                     const Progress& progress);

// Anonymous memory of one pass, in bytes; pages of the model file come on top
// and can be taken back.
size_t wavefront_bytes(const ModelConfig& config, const Weights& weights,
                       size_t tokens, size_t branches, Compute compute);

}  // namespace excise

#endif  // EXCISE_RUN_EXECUTOR_H_
