#include "experiment/common/run_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace excise {
namespace {

constexpr uint64_t kMaxRandom = 10'000;

}  // namespace

Status check_draws(uint64_t random, std::string_view where) {
  if (random <= kMaxRandom) return {};
  return fail(ErrorCode::kBadInput,
              {.where = where,
               .subject = "random",
               .expected = fmt::format("0 to {} draws", kMaxRandom),
               .found = fmt::format("{}", random)});
}

RunNames run_names(const RunOptions& options) {
  return {std::string(executor_name(options.executor)),
          std::string(compute_name(options.compute))};
}

Status take_run_names(const RunNames& names, RunOptions& options) {
  options.executor = EXCISE_TRY(parse_executor(names.executor));
  options.compute = EXCISE_TRY(parse_compute(names.compute));
  return {};
}

std::vector<TomlKey> run_keys(RunOptions& options, RunNames& names) {
  return {{"seed", &options.seed},
          {"executor", &names.executor},
          {"compute", &names.compute},
          {"memory_limit", &options.memory_limit},
          {"threads", &options.threads}};
}

void add_run_options(Json& spec, const RunOptions& options) {
  spec["seed"] = options.seed;
  spec["executor"] = executor_name(options.executor);
  spec["compute"] = compute_name(options.compute);
  spec["memory_limit"] = options.memory_limit;
  spec["threads"] = options.threads;
}

void add_run(Json& manifest, const RunOptions& options, int threads,
             double run_seconds, const Provenance& provenance) {
  manifest["seed"] = options.seed;
  manifest["threads"] = threads;
  manifest["machine"] = machine_json();
  manifest["timings"] = {{"load_seconds", provenance.load_seconds},
                         {"run_seconds", run_seconds}};
}

}  // namespace excise
