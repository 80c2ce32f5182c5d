// How the model is run, whatever the experiment.
#ifndef EXCISE_RUN_RUN_OPTIONS_H_
#define EXCISE_RUN_RUN_OPTIONS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "model/tokenizer/bos.h"

namespace excise {

// kWavefront: all branches in one pass over the layers. kNaive: one full pass a
// branch; slow, the oracle.
enum class Executor { kWavefront, kNaive };
// Precision of the products of differences; everything else is float32 (see
// docs/architecture.md). kBF16 needs a processor with bfloat16 instructions;
// kBF16Emulated gives the same rounding with AVX-512 alone, slowly.
enum class Compute { kF32, kBF16, kBF16Emulated };
// Of bfloat16, which branches run in float32 as well: the one with the longest
// way to the end and the one in the middle, or every branch.
enum class CheckRounding { kSample, kAll };

constexpr int kMaxThreads = 1024;

struct RunOptions {
  uint64_t seed = 0;  // of everything random
  Executor executor = Executor::kWavefront;
  Compute compute = Compute::kF32;
  CheckRounding check_rounding = CheckRounding::kSample;
  uint64_t memory_limit = 0;  // bytes; 0: no limit
  int threads = 0;            // 0: as many as there are cores
  TextReading reading;        // who opens the model does it
};

// Error bad_input of an option `what` that takes names; known: those there are.
tl::unexpected<Error> unknown_name(std::string_view what, std::string_view name,
                                   std::string known);

// where: the experiment, for messages. Error bad_input.
Status check_run_options(const RunOptions& options, std::string_view where);

std::string_view executor_name(Executor executor);  // "wavefront", "naive"
// "f32", "bf16", "bf16-emulated"
std::string_view compute_name(Compute compute);
std::string_view check_rounding_name(CheckRounding check);  // "sample", "all"
// Errors: bad_input with the names there are.
Result<Executor> parse_executor(std::string_view name);
Result<Compute> parse_compute(std::string_view name);
Result<CheckRounding> parse_check_rounding(std::string_view name);

// "0", "1500000", "500M", "1.5G" -> bytes; K, M, G, T are powers of 1024, with
// or without B or iB. Error: bad_input.
Result<uint64_t> parse_bytes(std::string_view text);

// What an executor is to do; bfloat16 needs its instructions. where: the
// experiment, for messages. Error: unsupported.
Result<Compute> resolve_compute(Compute compute, std::string_view where);

}  // namespace excise

#endif  // EXCISE_RUN_RUN_OPTIONS_H_
