// An experiment as a TOML file (docs/formats.md), and back.
#ifndef EXCISE_EXPERIMENT_SWEEP_SPEC_TOML_H_
#define EXCISE_EXPERIMENT_SWEEP_SPEC_TOML_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"
#include "experiment/sweep/spec.h"

namespace excise {

inline constexpr std::string_view kSweepExperimentSchema =
    "excise.experiment/1";

// Every field, one a line, in the order of Spec; parse_spec() gives the same
// Spec again.
std::string spec_to_toml(const Spec& spec);

// Keys that are left out keep their defaults. source names the file in
// messages. Errors, all bad_input: no TOML (with line and column), an unknown
// key (with near names), a value of another type, what check_spec() refuses.
Result<Spec> parse_spec(std::string_view toml, std::string_view source);

// Errors: io when the file cannot be read, bad_file when it is longer than 16
// MiB, and those of parse_spec().
Result<Spec> read_spec(const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SPEC_TOML_H_
