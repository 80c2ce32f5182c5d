#include "experiment/median/median_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/trimmed.h"
#include "experiment/common/number_lists.h"

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

Fields median_fields(MedianSpec& spec) {
  Fields fields = model_fields(spec.model, spec.model_fingerprint,
                               spec.tokenizer_fingerprint);
  const Fields own = {
      {.key = "prompt",
       .value = &spec.prompt,
       .help = "what the model reads; this or `ids`",
       .option = FieldOption{"TEXT"}},
      {.key = "ids",
       .value = &spec.ids,
       .help = "the prompt as token ids",
       .option =
           FieldOption{.type = "IDS", .read = typed_as(parse_ids, spec.ids)}},
      {.key = "target",
       .value = &spec.target,
       .help = "the word whose probability is measured, with its blank: "
               "\" head\"",
       .option = FieldOption{"WORD"}},
      {.key = "target_id",
       .value = &spec.target_id,
       .help = "the same as a token id",
       .option = FieldOption{"ID"}},
      {.key = "first_token",
       .value = &spec.first_token,
       .help = "of a target of several tokens measure the first",
       .option = FieldOption{}},
      {.key = "percent",
       .value = &spec.percent,
       .help = "shares of the neurons: 10,50 or FIRST-LAST:STEP",
       .option = FieldOption{.type = "LIST",
                             .read = typed_as(parse_percents, spec.percent),
                             .shown = "10-90:10"}},
      {.key = "by",
       .value =
           by_name(spec.by, top_by_name, parse_top_by, "value or magnitude"),
       .help = "the largest by signed value or by magnitude",
       .option = FieldOption{"NAME"}},
      {.key = "replace_with",
       .value = by_name(spec.replace_with, replacement_name, parse_replacement,
                        "median, mean or zero"),
       .help = "what they are set to: median, mean or zero",
       .option = FieldOption{.type = "NAME", .name = "--with"}},
      {.key = "positions",
       .value = by_name(spec.rows, median_rows_name, parse_median_rows,
                        "last or all"),
       .help = "whose activations: those of the last token, or of all",
       .option = FieldOption{"NAME"}},
      {.key = "layers",
       .value = &spec.layers,
       .help = "layers to edit, one after the other: all, 0-11 or 3,5",
       .option = FieldOption{"LIST"}},
      {.key = "random",
       .value = &spec.random,
       .help = "draws of as many random neurons, as a control",
       .option = FieldOption{"N"}}};
  fields.insert(fields.end(), own.begin(), own.end());
  const Fields run = run_fields(spec);
  fields.insert(fields.end(), run.begin(), run.end());
  return fields;
}

std::string median_spec_to_toml(const MedianSpec& spec) {
  MedianSpec copy = spec;
  return write_fields(kMedianExperimentSchema, median_fields(copy));
}

Result<MedianSpec> parse_median_spec(std::string_view toml,
                                     std::string_view source) {
  MedianSpec spec;
  EXCISE_CHECK(
      read_fields(toml, source, kMedianExperimentSchema, median_fields(spec)));
  EXCISE_CHECK(check_median_spec(spec));
  return spec;
}

}  // namespace excise
