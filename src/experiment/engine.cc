#include "experiment/engine.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

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

std::vector<TomlKey> engine_keys(Engine& engine, std::string& executor) {
  return {{"seed", &engine.seed},
          {"executor", &executor},
          {"memory_limit", &engine.memory_limit},
          {"threads", &engine.threads}};
}

Result<ExecutorOutput> run_branches(const ExecutorInput& input,
                                    const Engine& engine,
                                    const Progress& progress) {
  if (engine.executor == Executor::kNaive) return run_naive(input, progress);
  return run_wavefront(input, {.memory_limit = engine.memory_limit}, progress);
}

void add_engine(Json& spec, const Engine& engine) {
  spec["seed"] = engine.seed;
  spec["executor"] = executor_name(engine.executor);
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
