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

void add_run(Json& manifest, const RunOptions& options, int threads,
             double run_seconds, const Provenance& provenance) {
  manifest["seed"] = options.seed;
  manifest["threads"] = threads;
  manifest["machine"] = machine_json();
  manifest["timings"] = {{"load_seconds", provenance.load_seconds},
                         {"run_seconds", run_seconds}};
}

}  // namespace excise
