#include "run/run_options.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

#include "core/trimmed.h"
#include "math/ops/matmul.h"

namespace excise {

tl::unexpected<Error> unknown_name(std::string_view what, std::string_view name,
                                   std::string known) {
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = std::string(what),
                                     .expected = std::move(known),
                                     .found = "\"" + std::string(name) + "\""});
}

Status check_run_options(const RunOptions& options, std::string_view where) {
  if (options.threads >= 0 && options.threads <= kMaxThreads) return {};
  return fail(ErrorCode::kBadInput,
              {.where = where,
               .subject = "threads",
               .expected = fmt::format("0 to {}", kMaxThreads),
               .found = fmt::format("{}", options.threads)});
}

std::string_view executor_name(Executor executor) {
  return executor == Executor::kNaive ? "naive" : "wavefront";
}

std::string_view compute_name(Compute compute) {
  switch (compute) {
    case Compute::kF32:
      return "f32";
    case Compute::kBF16:
      return "bf16";
    case Compute::kBF16Emulated:
      return "bf16-emulated";
  }
  return "";
}

Result<Executor> parse_executor(std::string_view name) {
  if (name == "wavefront") return Executor::kWavefront;
  if (name == "naive") return Executor::kNaive;
  return unknown_name("executor", name, "wavefront or naive");
}

Result<Compute> parse_compute(std::string_view name) {
  if (name == "f32") return Compute::kF32;
  if (name == "bf16") return Compute::kBF16;
  if (name == "bf16-emulated") return Compute::kBF16Emulated;
  return unknown_name("compute", name, "f32, bf16 or bf16-emulated");
}

std::string_view check_rounding_name(CheckRounding check) {
  return check == CheckRounding::kAll ? "all" : "sample";
}

Result<CheckRounding> parse_check_rounding(std::string_view name) {
  if (name == "sample") return CheckRounding::kSample;
  if (name == "all") return CheckRounding::kAll;
  return unknown_name("check-rounding", name, "sample or all");
}

Result<uint64_t> parse_bytes(std::string_view text) {
  constexpr std::string_view kUnits = "KMGT";
  std::string_view body = trimmed(text);
  double number = 0;
  const auto [rest, error] =
      std::from_chars(body.data(), body.data() + body.size(), number);
  std::string_view unit = body.substr(static_cast<size_t>(rest - body.data()));
  double factor = 1;
  if (!unit.empty()) {
    const auto power =
        kUnits.find(static_cast<char>(unit.front() & ~('a' - 'A')));
    if (power != std::string_view::npos) {
      factor = static_cast<double>(uint64_t{1} << (10 * (power + 1)));
      unit.remove_prefix(1);
      if (unit.starts_with('i')) unit.remove_prefix(1);
    }
    if (unit.starts_with('B')) unit.remove_prefix(1);
  }
  // Written so that NaN fails too.
  const bool in_range = number >= 0 && number * factor < 0x1p62;
  if (error != std::errc() || !unit.empty() || !in_range) {
    return fail(ErrorCode::kBadInput,
                {.where = "spec",
                 .subject = "memory limit",
                 .expected = "bytes such as 500M or 1.5G (0: no limit)",
                 .found = "\"" + std::string(text) + "\""});
  }
  return static_cast<uint64_t>(number * factor);
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

}  // namespace excise
