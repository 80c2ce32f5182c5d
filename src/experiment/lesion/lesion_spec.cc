#include "experiment/lesion/lesion_spec.h"

#include <fmt/format.h>

#include "core/first_repeated.h"
#include "experiment/common/number_lists.h"
#include "io/utf8.h"

namespace excise {
namespace {

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "lesion",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

}  // namespace

double held_out_share(const LesionSpec& spec) {
  return spec.hold_out.value_or(spec.tests.empty() ? 1.0 / 3 : 0);
}

Status check_lesion_spec(const LesionSpec& spec) {
  if (spec.tests.empty() && !spec.positions.empty()) {
    return refuse("position", "a sentence to test (--test)", "none");
  }
  // Each counts as a test of its own.
  if (const auto test = first_repeated(spec.tests)) {
    return refuse("test", "each sentence once",
                  fmt::format("\"{}\" twice", beginning(*test, 40)));
  }
  if (const auto position = first_repeated(spec.positions)) {
    return refuse("position", "each place once",
                  fmt::format("{} twice", *position));
  }
  const double hold_out = held_out_share(spec);
  if (!(hold_out >= 0 && hold_out < 1)) {
    return refuse("hold-out", "a share from 0 to below 1",
                  fmt::format("{}", hold_out));
  }
  if (spec.tests.empty() && hold_out == 0) {
    return refuse("test", "a sentence (--test) or pairs held out (--hold-out)",
                  "neither");
  }
  if (!(spec.q > 0 && spec.q < 1)) {
    return refuse("q", "a number between 0 and 1", fmt::format("{}", spec.q));
  }
  EXCISE_CHECK(check_draws(spec.random, "lesion"));
  return check_run_options(spec, "lesion");
}

Fields lesion_fields(LesionSpec& spec, PairLines& lines) {
  Fields fields = model_fields(spec.model, spec.model_fingerprint,
                               spec.tokenizer_fingerprint);
  fields.back().in_results = InResults::kAlways;
  const Fields own = {
      {.key = "words",
       .value = &lines.words,
       .help = "the two words, as a list",
       .in_results = InResults::kNever},
      {.key = "pairs",
       .value = &lines.pairs,
       .help = "a list of pairs, each two sentences with a tab between them "
               "(\"\": a line of the file that was none); `--pairs` takes a "
               "table with the two words in its first line",
       .in_results = InResults::kNever},
      {.key = "test",
       .value = &spec.tests,
       .help = "a sentence with the words, lesioned before each of them; may "
               "be repeated",
       .option = FieldOption{"TEXT"},
       .in_results = InResults::kAlways},
      {.key = "position",
       .value = &spec.positions,
       .help = "places in the test sentences instead: 5 or 5,11",
       .option =
           FieldOption{.type = "LIST",
                       .read = [&spec](std::string_view text) -> Status {
                         const auto places =
                             EXCISE_TRY(parse_numbers(text, "--position"));
                         spec.positions.assign(places.begin(), places.end());
                         return {};
                       }},
       .in_results = InResults::kAlways},
      {.key = "hold_out",
       .value = &spec.hold_out,
       .help = "share of the pairs that are tested instead of fitted on "
               "(default: a third where no sentence is tested, else 0)",
       .option = FieldOption{"SHARE"}},
      {.key = "q",
       .value = &spec.q,
       .help = "false discovery rate of the neurons",
       .option = FieldOption{"Q"}},
      {.key = "first_token",
       .value = &spec.first_token,
       .help = "of a word of several tokens read the first",
       .option = FieldOption{}},
      {.key = "layers",
       .value = &spec.layers,
       .help = "layers to lesion, one after the other: all, 0-11 or 3,5",
       .option = FieldOption{"LIST"}},
      {.key = "random",
       .value = &spec.random,
       .help = "draws of random groups of the same size, as a control",
       .option = FieldOption{"N"}}};
  fields.insert(fields.end(), own.begin(), own.end());
  const Fields run = run_fields(spec);
  fields.insert(fields.end(), run.begin(), run.end());
  return fields;
}

std::string lesion_spec_to_toml(const LesionSpec& spec) {
  LesionSpec copy = spec;
  PairLines lines{{spec.pairs.first_word, spec.pairs.second_word},
                  pair_rows(spec.pairs)};
  return write_fields(kLesionExperimentSchema, lesion_fields(copy, lines));
}

Result<LesionSpec> parse_lesion_spec(std::string_view toml,
                                     std::string_view source) {
  LesionSpec spec;
  PairLines lines;
  EXCISE_CHECK(read_fields(toml, source, kLesionExperimentSchema,
                           lesion_fields(spec, lines)));
  if (lines.words.size() != 2) {
    return refuse(std::string(source) + ": words", "a list of two words",
                  fmt::format("{}", lines.words.size()));
  }
  std::vector<std::string> rows = {lines.words[0] + "\t" + lines.words[1]};
  rows.insert(rows.end(), lines.pairs.begin(), lines.pairs.end());
  spec.pairs =
      EXCISE_TRY(make_pairs(rows, std::string(source) + ": words and pairs"));
  EXCISE_CHECK(check_lesion_spec(spec));
  return spec;
}

}  // namespace excise
