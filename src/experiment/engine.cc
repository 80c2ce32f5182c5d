#include "experiment/engine.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "experiment/rounding_check.h"
#include "math/ops/matmul.h"

namespace excise {
namespace {

constexpr uint64_t kMaxRandom = 10'000;
constexpr int kMaxThreads = 1024;

tl::unexpected<Error> refuse(std::string_view where, std::string subject,
                             std::string expected, std::string found) {
  return fail(ErrorCode::kBadInput, {.where = where,
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found)});
}

}  // namespace

Status check_engine(const Engine& engine, std::string_view where) {
  if (engine.threads >= 0 && engine.threads <= kMaxThreads) return {};
  return refuse(where, "threads", fmt::format("0 to {}", kMaxThreads),
                fmt::format("{}", engine.threads));
}

Status check_draws(uint64_t random, std::string_view where) {
  if (random <= kMaxRandom) return {};
  return refuse(where, "random", fmt::format("0 to {} draws", kMaxRandom),
                fmt::format("{}", random));
}

EngineNames engine_names(const Engine& engine) {
  return {std::string(executor_name(engine.executor)),
          std::string(compute_name(engine.compute))};
}

Status take_engine_names(const EngineNames& names, Engine& engine) {
  engine.executor = EXCISE_TRY(parse_executor(names.executor));
  engine.compute = EXCISE_TRY(parse_compute(names.compute));
  return {};
}

std::vector<TomlKey> engine_keys(Engine& engine, EngineNames& names) {
  return {{"seed", &engine.seed},
          {"executor", &names.executor},
          {"compute", &names.compute},
          {"memory_limit", &engine.memory_limit},
          {"threads", &engine.threads}};
}

Result<Compute> resolve_compute(Compute compute, std::string_view where) {
  if (compute == Compute::kF32) return Compute::kF32;
  const bool emulated = compute == Compute::kBF16Emulated;
  if (emulated ? can_multiply_bf16() : has_native_bf16()) return Compute::kBF16;
  return fail(
      ErrorCode::kUnsupported,
      {.where = where,
       .subject = "compute " + std::string(compute_name(compute)),
       .expected = emulated ? "a processor with AVX-512"
                            : "a processor with bfloat16 instructions "
                              "(AVX512-BF16 or AMX)",
       .found = "one without",
       .hint = can_multiply_bf16() ? "take f32, or bf16-emulated for the same "
                                     "rounding without the speed"
                                   : "take f32"});
}

Result<ExecutorOutput> run_branches(const ExecutorInput& input,
                                    const Engine& engine,
                                    std::string_view where,
                                    const Progress& progress,
                                    BranchAudit& audit) {
  const Compute compute = EXCISE_TRY(resolve_compute(engine.compute, where));
  if (engine.executor == Executor::kNaive) return run_naive(input, progress);
  if (compute == Compute::kF32) {
    return run_wavefront(input, {.memory_limit = engine.memory_limit},
                         progress);
  }
  std::vector<size_t> edited;
  for (size_t b = 0; b < input.branches.size(); ++b) {
    if (input.branches[b].kind != BranchKind::kNoOp) edited.push_back(b);
  }
  const std::vector<size_t> sample = rounding_sample(edited);
  // What of their effects is compared, before they are taken away.
  std::vector<BranchEffect> rounded(sample.size());
  const auto keep = [&](size_t first, std::span<const BranchEffect> effects) {
    for (size_t i = 0; i < sample.size(); ++i) {
      if (sample[i] >= first && sample[i] < first + effects.size())
        rounded[i].delta_logprob = effects[sample[i] - first].delta_logprob;
    }
  };
  ExecutorInput kept = input;
  if (input.take_effects) {
    kept.take_effects = [&](size_t first,
                            std::span<const BranchEffect> effects) {
      keep(first, effects);
      input.take_effects(first, effects);
    };
  }
  ExecutorOutput output =
      EXCISE_TRY(run_wavefront(kept,
                               {.compute = compute,
                                .memory_limit = engine.memory_limit,
                                .sample = sample},
                               progress));
  if (!input.take_effects) keep(0, output.effects);
  for (size_t i = 0; i < sample.size(); ++i) {
    audit.rounding.push_back(compare_rounding(input.branches[sample[i]].layer,
                                              output.exact[i], rounded[i]));
  }
  return output;
}

void add_engine(Json& spec, const Engine& engine) {
  spec["seed"] = engine.seed;
  spec["executor"] = executor_name(engine.executor);
  spec["compute"] = compute_name(engine.compute);
  spec["memory_limit"] = engine.memory_limit;
  spec["threads"] = engine.threads;
}

void add_run(Json& manifest, const Engine& engine, int threads,
             double run_seconds, const Provenance& provenance) {
  manifest["seed"] = engine.seed;
  manifest["threads"] = threads;
  manifest["machine"] = machine_json();
  manifest["timings"] = {{"load_seconds", provenance.load_seconds},
                         {"run_seconds", run_seconds}};
}

}  // namespace excise
