// What a median replacement is, as the user states it (docs/method.md,
// section 7).
#ifndef EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SPEC_H_
#define EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SPEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/field.h"
#include "experiment/common/run_record.h"
#include "intervention/top_replacement.h"

namespace excise {

inline constexpr std::string_view kMedianExperimentSchema =
    "excise.median-experiment/1";

// Whose activations are changed.
enum class MedianRows { kLast, kAll };
std::string_view median_rows_name(MedianRows rows);  // "last", "all"
Result<MedianRows> parse_median_rows(std::string_view name);

struct MedianSpec : RunOptions {
  std::string model;
  std::string model_fingerprint;      // of it; empty: any will do
  std::string tokenizer_fingerprint;  // the same
  std::string prompt;                 // UTF-8; empty when ids are given
  std::vector<int> ids;               // the prompt as token ids
  std::string target;  // the word whose probability is measured, with its
                       // blank; empty when target_id is given
  std::optional<uint64_t> target_id;
  bool first_token = false;  // of a target of several: measure the first
  std::vector<double> percent = {10, 20, 30, 40, 50, 60, 70, 80, 90};
  TopBy by = TopBy::kValue;
  Replacement replace_with = Replacement::kMedian;
  MedianRows rows = MedianRows::kLast;
  std::string layers = "all";
  uint64_t random = 0;  // draws of as many random neurons, as a control
};

// Refuses what no model could do. Error: bad_input.
Status check_median_spec(const MedianSpec& spec);

// "10,50" or "10-90:10" (first to last in steps) -> percents as written. Error:
// bad_input.
Result<std::vector<double>> parse_percents(std::string_view text);

// Its options.
Fields median_fields(MedianSpec& spec);

// The experiment as a TOML file, schema excise.median-experiment/1, and back.
// Errors: those of read_toml and check_median_spec.
std::string median_spec_to_toml(const MedianSpec& spec);
Result<MedianSpec> parse_median_spec(std::string_view toml,
                                     std::string_view source);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_MEDIAN_MEDIAN_SPEC_H_
