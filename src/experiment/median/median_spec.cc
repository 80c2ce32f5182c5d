#include "experiment/median/median_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/trimmed.h"
#include "io/toml_record.h"

namespace excise {
namespace {

constexpr size_t kMaxPercents = 1000;

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found) {
  return fail(ErrorCode::kBadInput, {.where = "median",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found)});
}

// Fields that the file names.
struct Names {
  std::string by, replace_with, rows;
  RunNames run;
};

std::vector<TomlKey> keys(MedianSpec& spec, Names& names) {
  std::vector<TomlKey> all = {
      {"model", &spec.model},
      {"model_fingerprint", &spec.model_fingerprint},
      {"tokenizer_fingerprint", &spec.tokenizer_fingerprint},
      {"prompt", &spec.prompt},
      {"ids", &spec.ids},
      {"target", &spec.target},
      {"target_id", &spec.target_id},
      {"first_token", &spec.first_token},
      {"percent", &spec.percent},
      {"by", &names.by},
      {"replace_with", &names.replace_with},
      {"positions", &names.rows},
      {"layers", &spec.layers},
      {"random", &spec.random}};
  const auto run = run_keys(spec, names.run);
  all.insert(all.end(), run.begin(), run.end());
  return all;
}

Names names_of(const MedianSpec& spec) {
  return {std::string(top_by_name(spec.by)),
          std::string(replacement_name(spec.replace_with)),
          std::string(median_rows_name(spec.rows)), run_names(spec)};
}

// All of `text` as a number, but for blanks around it.
std::optional<double> number_in(std::string_view text) {
  text = trimmed(text);
  double number = 0;
  const auto [rest, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

// "10" or "10-90:10"; nothing where it is neither.
std::optional<std::vector<double>> percents_in(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) {
    const auto one = number_in(text);
    return one ? std::optional(std::vector{*one}) : std::nullopt;
  }
  const auto colon = text.find(':', dash);
  if (colon == std::string_view::npos) return std::nullopt;
  const auto first = number_in(text.substr(0, dash));
  const auto last = number_in(text.substr(dash + 1, colon - dash - 1));
  const auto step = number_in(text.substr(colon + 1));
  if (!first || !last || !step) return std::nullopt;
  // Written so that NaN fails too.
  const bool sensible =
      *step > 0 && *last >= *first &&
      (*last - *first) / *step < static_cast<double>(kMaxPercents);
  if (!sensible) return std::nullopt;
  constexpr double kRounding = 1e-9;  // the last step may miss by this much
  const auto steps = static_cast<size_t>((*last - *first) / *step + kRounding);
  std::vector<double> percents;
  for (size_t i = 0; i <= steps; ++i) {
    percents.push_back(*first + static_cast<double>(i) * *step);
  }
  return percents;
}

}  // namespace

std::string_view median_rows_name(MedianRows rows) {
  return rows == MedianRows::kAll ? "all" : "last";
}

Result<MedianRows> parse_median_rows(std::string_view name) {
  if (name == "last") return MedianRows::kLast;
  if (name == "all") return MedianRows::kAll;
  return refuse("positions", "last or all", fmt::format("\"{}\"", name));
}

Status check_median_spec(const MedianSpec& spec) {
  if (spec.prompt.empty() == spec.ids.empty()) {
    return refuse("prompt", "either --prompt or --ids",
                  spec.ids.empty() ? "neither" : "both");
  }
  if (spec.target.empty() != spec.target_id.has_value()) {
    return refuse("target", "either --target or --target-id",
                  spec.target_id ? "both" : "neither");
  }
  if (spec.percent.empty() || spec.percent.size() > kMaxPercents) {
    return refuse("percent", fmt::format("1 to {} numbers", kMaxPercents),
                  fmt::format("{}", spec.percent.size()));
  }
  std::set<double> seen;
  for (const double percent : spec.percent) {
    // Written so that NaN fails too.
    if (!(percent > 0 && percent <= 100)) {
      return refuse("percent", "numbers above 0, up to 100",
                    fmt::format("{}", percent));
    }
    if (!seen.insert(percent).second) {
      return refuse("percent", "each number once",
                    fmt::format("{} twice", percent));
    }
  }
  EXCISE_CHECK(check_draws(spec.random, "median"));
  return check_run_options(spec, "median");
}

Result<std::vector<double>> parse_percents(std::string_view text) {
  std::vector<double> percents;
  std::string_view rest = text;
  while (true) {
    const auto comma = rest.find(',');
    const auto some = percents_in(rest.substr(0, comma));
    if (!some) {
      return refuse("--percent", "percents such as 10,50 or 10-90:10",
                    fmt::format("\"{}\"", text));
    }
    percents.insert(percents.end(), some->begin(), some->end());
    if (comma == std::string_view::npos) return percents;
    rest.remove_prefix(comma + 1);
  }
}

std::string median_spec_to_toml(const MedianSpec& spec) {
  MedianSpec copy = spec;
  Names names = names_of(spec);
  return write_toml(kMedianExperimentSchema, keys(copy, names));
}

Result<MedianSpec> parse_median_spec(std::string_view toml,
                                     std::string_view source) {
  MedianSpec spec;
  Names names = names_of(spec);
  EXCISE_CHECK(
      read_toml(toml, source, kMedianExperimentSchema, keys(spec, names)));
  spec.by = EXCISE_TRY(parse_top_by(names.by));
  spec.replace_with = EXCISE_TRY(parse_replacement(names.replace_with));
  spec.rows = EXCISE_TRY(parse_median_rows(names.rows));
  EXCISE_CHECK(take_run_names(names.run, spec));
  EXCISE_CHECK(check_median_spec(spec));
  return spec;
}

}  // namespace excise
