#include "experiment/concept/concept_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/trimmed.h"
#include "fit/basis_source.h"
#include "intervention/bases/registry.h"
#include "io/toml_record.h"

namespace excise {

tl::unexpected<Error> refuse_concept(std::string subject, std::string expected,
                                     std::string found) {
  return fail(ErrorCode::kBadInput, {.where = "concept",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found)});
}

namespace {

constexpr size_t kMaxAlphas = 100;
constexpr double kMaxAlpha = 1000;
constexpr uint64_t kMaxSampleTokens = 100'000;

// Fields that the file names.
struct Names {
  std::string positions;
  RunNames run;
};

Names names_of(const ConceptSpec& spec) {
  return {spec.positions.text(), run_names(spec)};
}

std::vector<TomlKey> keys(ConceptSpec& spec, Names& names) {
  std::vector<TomlKey> all = {
      {"model", &spec.model},
      {"model_fingerprint", &spec.model_fingerprint},
      {"tokenizer_fingerprint", &spec.tokenizer_fingerprint}};
  for (const TomlKey& key : concept_keys(spec.set)) all.push_back(key);
  const std::vector<TomlKey> own = {
      {"basis_file", &spec.basis_file},
      {"basis_fingerprint", &spec.basis_fingerprint},
      {"method", &spec.method},
      {"hook", &spec.hook},
      {"layers", &spec.layers},
      {"alpha", &spec.alphas},
      {"positions", &names.positions},
      {"max_damage", &spec.max_damage},
      {"random", &spec.random},
      {"sample_tokens", &spec.sample_tokens},
      {"temperature", &spec.temperature}};
  all.insert(all.end(), own.begin(), own.end());
  const auto run = run_keys(spec, names.run);
  all.insert(all.end(), run.begin(), run.end());
  return all;
}

}  // namespace

std::string_view concept_switch_name(ConceptSwitch way) {
  return way == ConceptSwitch::kOn ? "on" : "off";
}

Result<ConceptSwitch> parse_concept_switch(std::string_view name) {
  if (name == "off") return ConceptSwitch::kOff;
  if (name == "on") return ConceptSwitch::kOn;
  return refuse_concept("switch", "off or on", fmt::format("\"{}\"", name));
}

Result<std::vector<double>> parse_alphas(std::string_view text) {
  std::vector<double> alphas;
  for (std::string_view rest = text;;) {
    const size_t comma = rest.find(',');
    const std::string_view word = trimmed(rest.substr(0, comma));
    double alpha = 0;
    const auto [end, error] =
        std::from_chars(word.data(), word.data() + word.size(), alpha);
    if (error != std::errc() || end != word.data() + word.size()) {
      return refuse_concept("--alpha", "numbers such as 0.5,1,2",
                            fmt::format("\"{}\"", text));
    }
    alphas.push_back(alpha);
    if (comma == std::string_view::npos) return alphas;
    rest.remove_prefix(comma + 1);
  }
}

Status check_concept_spec(const ConceptSpec& spec) {
  const auto kinds = basis_kinds();
  const auto kind = std::ranges::find(kinds, spec.method, &BasisKind::name);
  if (kind == kinds.end() || !kind->needs_classes) {
    return refuse_concept("method", "one of " + class_basis_names(),
                          spec.method);
  }
  if (spec.alphas.empty() || spec.alphas.size() > kMaxAlphas) {
    return refuse_concept("alpha", fmt::format("1 to {} numbers", kMaxAlphas),
                          fmt::format("{}", spec.alphas.size()));
  }
  std::set<double> seen;
  for (const double alpha : spec.alphas) {
    // Written so that NaN fails too.
    if (!(alpha > 0 && alpha <= kMaxAlpha)) {
      return refuse_concept("alpha",
                            fmt::format("numbers above 0, up to {}", kMaxAlpha),
                            fmt::format("{}", alpha));
    }
    if (!seen.insert(alpha).second) {
      return refuse_concept("alpha", "each number once",
                            fmt::format("{} twice", alpha));
    }
  }
  if (!(spec.max_damage >= 0) || !std::isfinite(spec.max_damage)) {
    return refuse_concept("max damage", "nats a token, 0 or more",
                          fmt::format("{}", spec.max_damage));
  }
  EXCISE_CHECK(check_draws(spec.random, "concept"));
  if (spec.sample_tokens > kMaxSampleTokens) {
    return refuse_concept("sample tokens",
                          fmt::format("0 to {}", kMaxSampleTokens),
                          fmt::format("{}", spec.sample_tokens));
  }
  if (!(spec.temperature >= 0) || !std::isfinite(spec.temperature)) {
    return refuse_concept("temperature", "0 or more",
                          fmt::format("{}", spec.temperature));
  }
  return check_run_options(spec, "concept");
}

std::string concept_spec_to_toml(const ConceptSpec& spec) {
  ConceptSpec copy = spec;
  Names names = names_of(spec);
  return write_toml(kConceptExperimentSchema, keys(copy, names));
}

Result<ConceptSpec> parse_concept_spec(std::string_view toml,
                                       std::string_view source) {
  ConceptSpec spec;
  Names names = names_of(spec);
  EXCISE_CHECK(
      read_toml(toml, source, kConceptExperimentSchema, keys(spec, names)));
  spec.positions = EXCISE_TRY(Positions::parse(names.positions));
  EXCISE_CHECK(take_run_names(names.run, spec));
  find_basis_beside(source, spec.basis_file);
  EXCISE_CHECK(check_concept(spec.set, source));
  EXCISE_CHECK(check_concept_spec(spec));
  return spec;
}

}  // namespace excise
