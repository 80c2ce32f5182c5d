#include "experiment/corpus/corpus_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "experiment/common/machine.h"
#include "io/bounded_json.h"

namespace excise {
namespace {

constexpr std::string_view kSchema = "excise.corpus-journal/1";

// More than any run has; what a record takes is then no number that wraps.
constexpr size_t kMostBranches = size_t{1} << 24;
constexpr size_t kMostParts = size_t{1} << 13;

Json header_json(const CorpusHeader& header) {
  Json json = {{"schema", kSchema},
               {"program", header.program},
               {"model", header.model},
               {"tokenizer", header.tokenizer},
               {"spec", header.spec},
               {"experiment", header.experiment},
               {"instructions", header.instructions},
               {"threads", header.threads},
               {"texts_fingerprint", header.texts_fingerprint},
               {"texts", Json::array()},
               {"windows", Json::array()},
               {"batches", header.batches},
               {"skipped", Json::array()},
               {"repeated", header.repeated},
               {"window", header.window},
               {"layers", header.layers},
               {"branches", header.branches}};
  for (const ListedText& text : header.texts)
    json["texts"].push_back({text.name, text.unit, text.group, text.tokens});
  for (const Window& window : header.windows)
    json["windows"].push_back({window.text, window.tokens, window.context});
  for (const SkippedText& text : header.skipped)
    json["skipped"].push_back({text.name, text.reason});
  return json;
}

// Whether the lists fit each other, so that nobody reads beyond one.
bool is_consistent(const CorpusHeader& header) {
  const auto& batches = header.batches;
  return batches.size() >= 2 && batches.front() == 0 &&
         batches.back() == header.windows.size() &&
         std::ranges::is_sorted(batches) &&
         std::ranges::adjacent_find(batches) == batches.end() &&
         std::ranges::all_of(header.windows,
                             [&](const Window& window) {
                               return window.text < header.texts.size();
                             }) &&
         !header.layers.empty() && header.branches <= kMostBranches &&
         (header.sums_of.parts == 0 || (header.sums_of.parts <= kMostParts &&
                                        header.layers.size() <= kMostParts));
}

SumsOf sums_of(const CorpusSpec& spec, size_t n_layers) {
  return {.tokens = spec.keep_tokens,
          .parts = spec.parts ? 1 + 2 * n_layers : 0,
          .halves = asks_for(spec.variants, VariantSet::kRobustness)};
}

// The same of a header's. Throws json::exception where they are none.
SumsOf sums_of(const Json& spec, const Json& model) {
  CorpusSpec stated;
  if (!spec.is_object()) return {};
  stated.keep_tokens = spec.value("keep_tokens", false);
  stated.parts = spec.value("parts", false);
  // Others are refused where the experiment is read.
  if (auto variants = parse_variants(spec.value("variants", "")))
    stated.variants = std::move(*variants);
  if (!stated.parts) return sums_of(stated, 0);
  const Json& n_layers = model.at("n_layers");
  const bool is_count = n_layers.is_number_unsigned() && n_layers <= kMostParts;
  // More than there may be where it is none.
  return sums_of(stated, is_count ? n_layers.get<size_t>() : kMostParts);
}

Json spec_json(const CorpusSpec& spec) {
  CorpusSpec shown = spec;
  Json json = Json::object();
  Fields fields = corpus_fields(shown);
  // How the texts are found, and how many threads do the work, say nothing of
  // the numbers that is not said elsewhere.
  std::erase_if(fields, [](const Field& field) {
    return field.key == "texts" || field.key == "threads" ||
           field.key == "model";
  });
  add_fields(json, fields);
  return json;
}

}  // namespace

CorpusHeader header_of(const Model& model, const std::string& name,
                       const std::string& program, const CorpusSpec& spec,
                       const CorpusList& list, const SweepPlan& plan,
                       int threads) {
  CorpusSpec decided = spec;
  static_cast<Spec&>(decided) = plan.spec;
  decided.ids.clear();
  decided.detail_layer.reset();
  decided.model = spec.model;
  decided.model_fingerprint = model.fingerprint();
  decided.tokenizer_fingerprint = model.tokenizer_fingerprint();
  return {.program = program,
          .model = model_json(model, name),
          .tokenizer = model.tokenizer_fingerprint(),
          .spec = spec_json(decided),
          .experiment = corpus_spec_to_toml(decided),
          .instructions = processor_instructions(),
          .threads = threads,
          .texts_fingerprint = list.fingerprint(),
          .texts = list.texts,
          .windows = list.windows,
          .batches = list.batches,
          .skipped = list.skipped,
          .repeated = list.repeated,
          .window = list.window,
          .layers = plan.layers,
          .branches = plan.branches.all.size(),
          .sums_of = sums_of(spec, model.config.n_layers)};
}

bool CorpusHeader::has_variants() const {
  const auto variants = spec.find("variants");
  return variants != spec.end() && *variants != "";
}

std::string write_header(const CorpusHeader& header) {
  return header_json(header).dump(-1, ' ', false,
                                  Json::error_handler_t::replace);
}

Result<CorpusHeader> read_header(std::string_view text,
                                 const std::string& source) {
  const auto bad = [&](const std::string& found) {
    return fail(ErrorCode::kBadFile,
                {.where = "journal",
                 .subject = source,
                 .expected = "the header of a corpus journal",
                 .found = found});
  };
  const Json json = parse_bounded_json<Json>(text);
  if (!json.is_object() || json.value("schema", Json()) != kSchema)
    return bad("another schema than " + std::string(kSchema));
  try {
    CorpusHeader header;
    json.at("program").get_to(header.program);
    header.model = json.at("model");
    json.at("tokenizer").get_to(header.tokenizer);
    header.spec = json.at("spec");
    json.at("experiment").get_to(header.experiment);
    json.at("instructions").get_to(header.instructions);
    json.at("threads").get_to(header.threads);
    json.at("texts_fingerprint").get_to(header.texts_fingerprint);
    json.at("batches").get_to(header.batches);
    json.at("repeated").get_to(header.repeated);
    json.at("window").get_to(header.window);
    json.at("layers").get_to(header.layers);
    json.at("branches").get_to(header.branches);
    header.sums_of = sums_of(header.spec, header.model);
    for (const Json& text_json : json.at("texts")) {
      header.texts.push_back(
          {text_json.at(0), text_json.at(1), text_json.at(2), text_json.at(3)});
    }
    for (const Json& window : json.at("windows"))
      header.windows.push_back({window.at(0), 0, window.at(1), window.at(2)});
    for (const Json& skipped : json.at("skipped"))
      header.skipped.push_back({skipped.at(0), skipped.at(1)});
    if (!is_consistent(header)) return bad("lists that do not fit each other");
    return header;
  } catch (const Json::exception& error) {
    return bad(error.what());
  }
}

std::string difference(const CorpusHeader& one, const CorpusHeader& other) {
  const Json a = header_json(one);
  const Json b = header_json(other);
  std::string names;
  bool texts_differ = false;
  const auto add = [&](const std::string& name) {
    names += (names.empty() ? "" : ", ") + name;
  };
  for (const auto& [key, value] : a.items()) {
    if (key == "experiment" || value == b[key]) continue;
    // The list of texts is one thing, whatever of it differs.
    const bool of_texts = key == "texts_fingerprint" || key == "windows" ||
                          key == "batches" || key == "repeated" ||
                          key == "skipped" || key == "texts";
    if (of_texts) {
      texts_differ = true;
      continue;
    }
    if (key != "spec") {
      add(key);
      continue;
    }
    for (const auto& [option, chosen] : value.items()) {
      if (!b[key].contains(option) || b[key][option] != chosen) add(option);
    }
    for (const auto& [option, chosen] : b[key].items()) {
      if (!value.contains(option)) add(option);
    }
  }
  if (texts_differ) add("texts");
  return names;
}

}  // namespace excise
