#include "experiment/concept/concept_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/trimmed.h"
#include "fit/basis_source.h"
#include "intervention/bases/registry.h"

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

Fields concept_fields(ConceptSpec& spec) {
  Fields fields = model_fields(spec.model, spec.model_fingerprint,
                               spec.tokenizer_fingerprint);
  fields.back().help += "; here also of the ids that end a text";
  fields.back().in_results = InResults::kAlways;
  for (const TomlKey& key : concept_keys(spec.set)) {
    fields.push_back({.key = key.key,
                      .value = key.field,
                      .help = "as in a concept file (`--concept`)",
                      .in_results = InResults::kNever});
  }
  const TomlText positions = {
      [&spec] { return spec.positions.text(); },
      [&spec](const std::string& text) -> std::string {
        auto parsed = Positions::parse(text);
        if (!parsed) return "all, or positions such as 1- or 0,5-9";
        spec.positions = std::move(*parsed);
        return {};
      }};
  const Fields own = {
      {.key = "basis_file",
       .value = &spec.basis_file,
       .help = "the fit that is tested, not made (`basis.safetensors`, which "
               "the folder has)",
       .in_results = InResults::kNever},
      {.key = "basis_fingerprint",
       .value = &spec.basis_fingerprint,
       .help = "of the content of that file, written by every run: `run` "
               "refuses another, unless the key is taken out",
       .in_results = InResults::kNever},
      {.key = "method",
       .value = &spec.method,
       .help = "the basis that is fitted: " + class_basis_names(),
       .option = FieldOption{"NAME"}},
      {.key = "hook",
       .value = &spec.hook,
       .help = "where: a hook, * stands for any layer",
       .option = FieldOption{"HOOK"}},
      {.key = "layers",
       .value = &spec.layers,
       .help = "all, 0-11 or 3,5",
       .option = FieldOption{"LIST"}},
      {.key = "alpha",
       .value = &spec.alphas,
       .help = "strengths to try, e.g. 0.5,1,2,4; off: 1 removes, above 1 "
               "reflects",
       .option = FieldOption{.type = "LIST",
                             .read = typed_as(parse_alphas, spec.alphas),
                             .shown = "0.5,1,2,4"}},
      {.key = "positions",
       .value = positions,
       .help = "tokens that are switched: all, 1- or 0,5-9",
       .option = FieldOption{"LIST"}},
      {.key = "max_damage",
       .value = &spec.max_damage,
       .help = "nats a token that the control text may change for a layer and "
               "strength to be chosen (upper end of the 95 % interval)",
       .option = FieldOption{"NATS"}},
      {.key = "random",
       .value = &spec.random,
       .help = "random directions of the same size to compare with (0: none)",
       .option = FieldOption{"N"}},
      {.key = "sample_tokens",
       .value = &spec.sample_tokens,
       .help = "new tokens in the sample continuations (0: none)",
       .option = FieldOption{"N"}},
      {.key = "temperature",
       .value = &spec.temperature,
       .help = "of the samples; 0: always the most likely token",
       .option = FieldOption{"T"}}};
  fields.insert(fields.end(), own.begin(), own.end());
  const Fields run = run_fields(spec);
  fields.insert(fields.end(), run.begin(), run.end());
  return fields;
}

std::string concept_spec_to_toml(const ConceptSpec& spec) {
  ConceptSpec copy = spec;
  return write_fields(kConceptExperimentSchema, concept_fields(copy));
}

Result<ConceptSpec> parse_concept_spec(std::string_view toml,
                                       std::string_view source) {
  ConceptSpec spec;
  EXCISE_CHECK(read_fields(toml, source, kConceptExperimentSchema,
                           concept_fields(spec)));
  find_beside(source, spec.basis_file);
  EXCISE_CHECK(check_concept(spec.set, source));
  EXCISE_CHECK(check_concept_spec(spec));
  return spec;
}

}  // namespace excise
