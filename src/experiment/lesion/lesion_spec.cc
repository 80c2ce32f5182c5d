#include "experiment/lesion/lesion_spec.h"

#include <fmt/format.h>

#include "core/first_repeated.h"
#include "io/toml_record.h"
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

// Fields that stand otherwise in the file.
struct InFile {
  std::vector<std::string> words, pairs;  // pairs: both sentences and a tab
  RunNames run;
};

std::vector<TomlKey> keys(LesionSpec& spec, InFile& in_file) {
  std::vector<TomlKey> all = {
      {"model", &spec.model},
      {"model_fingerprint", &spec.model_fingerprint},
      {"tokenizer_fingerprint", &spec.tokenizer_fingerprint},
      {"words", &in_file.words},
      {"pairs", &in_file.pairs},
      {"test", &spec.tests},
      {"position", &spec.positions},
      {"hold_out", &spec.hold_out},
      {"q", &spec.q},
      {"first_token", &spec.first_token},
      {"layers", &spec.layers},
      {"random", &spec.random}};
  const auto run = run_keys(spec, in_file.run);
  all.insert(all.end(), run.begin(), run.end());
  return all;
}

}  // namespace

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
  if (!(spec.hold_out >= 0 && spec.hold_out < 1)) {
    return refuse("hold-out", "a share from 0 to below 1",
                  fmt::format("{}", spec.hold_out));
  }
  if (spec.tests.empty() && spec.hold_out == 0) {
    return refuse("test", "a sentence (--test) or pairs held out (--hold-out)",
                  "neither");
  }
  if (!(spec.q > 0 && spec.q < 1)) {
    return refuse("q", "a number between 0 and 1", fmt::format("{}", spec.q));
  }
  EXCISE_CHECK(check_draws(spec.random, "lesion"));
  return check_run_options(spec, "lesion");
}

std::string lesion_spec_to_toml(const LesionSpec& spec) {
  LesionSpec copy = spec;
  InFile in_file;
  in_file.words = {spec.pairs.first_word, spec.pairs.second_word};
  for (const SentencePair& pair : spec.pairs.pairs) {
    in_file.pairs.push_back(pair.first.sentence + "\t" + pair.second.sentence);
  }
  in_file.run = run_names(spec);
  return write_toml(kLesionExperimentSchema, keys(copy, in_file));
}

Result<LesionSpec> parse_lesion_spec(std::string_view toml,
                                     std::string_view source) {
  LesionSpec spec;
  InFile in_file;
  in_file.run = run_names(spec);
  EXCISE_CHECK(
      read_toml(toml, source, kLesionExperimentSchema, keys(spec, in_file)));
  if (in_file.words.size() != 2) {
    return refuse(std::string(source) + ": words", "a list of two words",
                  fmt::format("{}", in_file.words.size()));
  }
  std::vector<std::string> rows = {in_file.words[0] + "\t" + in_file.words[1]};
  rows.insert(rows.end(), in_file.pairs.begin(), in_file.pairs.end());
  spec.pairs =
      EXCISE_TRY(make_pairs(rows, std::string(source) + ": words and pairs"));
  EXCISE_CHECK(take_run_names(in_file.run, spec));
  EXCISE_CHECK(check_lesion_spec(spec));
  return spec;
}

}  // namespace excise
