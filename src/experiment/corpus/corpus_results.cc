#include "experiment/corpus/corpus_results.h"

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>

#include "experiment/corpus/corpus_tables.h"
#include "experiment/corpus/corpus_text.h"
#include "experiment/sweep/over_units.h"
#include "experiment/sweep/parts_results.h"
#include "experiment/sweep/summary_json.h"
#include "experiment/sweep/variants_results.h"
#include "io/own_files.h"

namespace excise {
namespace {

Json optional_interval(const std::optional<Interval>& one) {
  return one ? interval(one->low, one->high) : Json(nullptr);
}

Json corpus_layer_json(const CorpusSummary& corpus, size_t i) {
  Json json = layer_json(corpus.summary.layers[i]);
  keep_what_is_over_units(json);
  const CorpusLayer& layer = corpus.layers[i];
  json["bootstrap_ci95"] = optional_interval(layer.bootstrap);
  json["token_mean"] = number(layer.token_mean);
  json["drift_rms"] = number(layer.drift_rms);
  json["units_hurt"] = layer.units_hurt;
  json["unit_means"] = Json::array();
  for (const double mean : layer.means)
    json["unit_means"].push_back(number(mean));
  json["convergence"] = Json::array();
  for (const Convergence& step : corpus.convergence[i]) {
    json["convergence"].push_back(
        {{"n", step.n},
         {"mean", number(step.mean)},
         {"ci95", step.ci_low && step.ci_high
                      ? interval(*step.ci_low, *step.ci_high)
                      : Json(nullptr)}});
  }
  return json;
}

Json groups_json(const CorpusSummary& corpus) {
  Json groups = Json::array();
  for (const GroupSummary& group : corpus.groups) {
    Json layers = Json::array();
    for (size_t i = 0; i < group.layers.size(); ++i) {
      layers.push_back(mean_test(group.layers[i]));
      layers.back()["bootstrap_ci95"] = optional_interval(group.bootstrap[i]);
    }
    groups.push_back({{"name", group.name},
                      {"units", group.units},
                      {"layers", std::move(layers)}});
  }
  return groups;
}

Json left_out_json(const CorpusData& data) {
  const CorpusHeader& header = data.header();
  Json list = Json::array();
  for (const SkippedText& text : header.skipped)
    list.push_back({{"text", text.name}, {"reason", text.reason}});
  for (const auto& [window, reason] : data.left_out()) {
    list.push_back({{"text", header.texts[header.windows[window].text].name},
                    {"window", window},
                    {"reason", reason}});
  }
  return list;
}

std::vector<std::string> file_names(const CorpusHeader& header,
                                    TableFormats formats) {
  std::vector<std::string> names = result_file_names(kCorpusSchema);
  for (const std::string& table : corpus_tables(header)) {
    if (std::ranges::find(names, table + ".csv") == names.end())
      names.push_back(table + ".csv");
  }
  if (!formats.csv) {
    std::erase_if(
        names, [](const std::string& name) { return name.ends_with(".csv"); });
  }
  if (formats.parquet) {
    for (const std::string& table : corpus_tables(header))
      names.push_back(table + ".parquet");
  }
  return names;
}

Json manifest(const CorpusData& data, const CorpusSummary& corpus,
              TableFormats formats) {
  const CorpusHeader& header = data.header();
  return {{"program", {{"name", "excise"}, {"version", header.program}}},
          {"files", file_names(header, formats)},
          {"spec", header.spec},
          {"model", header.model},
          {"texts_fingerprint", header.texts_fingerprint},
          {"n_texts", corpus.texts},
          {"n_windows", corpus.windows},
          {"n_tokens", static_cast<size_t>(corpus.tokens)},
          {"n_units", corpus.units.size()},
          {"window", header.window},
          {"batches", header.batch_count()},
          {"texts_repeated", header.repeated},
          {"seed", corpus.spec.seed},
          {"threads", header.threads},
          {"instructions", header.instructions}};
}

std::string results_json(const CorpusData& data, const CorpusSummary& corpus,
                         TableFormats formats) {
  const Summary& summary = corpus.summary;
  const std::vector<Passage> passages =
      corpus_passages(data.header(), data, corpus);
  Json json = {
      {"schema", kCorpusSchema},
      {"summary", joined(passages)},
      {"passages", passage_list(passages)},
      {"warnings", warnings_json(summary.warnings)},
      {"headline", headline_json(summary.headline)},
      {"share_vs_t_default_n", share_versus_t(summary.share_vs_t_default_n)},
      {"layers", Json::array()},
      {"units", Json::array()},
      {"groups", groups_json(corpus)},
      {"left_out", left_out_json(data)},
      {"audit", audit_json(corpus.over_units.audit)}};
  for (size_t i = 0; i < corpus.layers.size(); ++i)
    json["layers"].push_back(corpus_layer_json(corpus, i));
  for (const Measured& unit : corpus.units) {
    json["units"].push_back(
        {{"name", unit.name},
         {"group", unit.group},
         {"windows", unit.windows},
         {"tokens", static_cast<size_t>(unit.tokens)},
         {"logprob_clean", number(unit.logprob / unit.tokens)}});
  }
  const Spec& spec = corpus.spec;
  if (spec.scan)
    json["scan"] = scan_headline_json(*spec.scan, summary.headline);
  if (!summary.together.empty()) {
    json["together"] = together_json(spec, summary.together);
    for (Json& one : json["together"]) keep_what_is_over_units(one);
  }
  json["manifest"] = manifest(data, corpus, formats);
  return file_text(json);
}

Status write_sums(const OutputFolder& folder, std::string_view name,
                  const CorpusData& data, const CorpusSummary& corpus,
                  CorpusSums::By by) {
  OutputFile file = EXCISE_TRY(OutputFile::open(folder.path(name)));
  EXCISE_CHECK(write_sums_csv(data, corpus, by, file));
  return file.close();
}

Result<std::string> write_files(const OutputFolder& folder,
                                const CorpusData& data,
                                const CorpusSummary& corpus,
                                TableFormats formats) {
  std::string json = results_json(data, corpus, formats);
  EXCISE_CHECK(folder.write_text("results.json", json));
  EXCISE_CHECK(folder.write_text("layers.csv", corpus_layers_csv(corpus)));
  EXCISE_CHECK(
      write_sums(folder, "texts.csv", data, corpus, CorpusSums::By::kText));
  EXCISE_CHECK(
      write_sums(folder, "units.csv", data, corpus, CorpusSums::By::kUnit));
  if (data.header().sums_of.parts > 0)
    EXCISE_CHECK(folder.write_text("parts.csv", parts_csv(corpus.summary)));
  if (data.header().has_variants()) {
    EXCISE_CHECK(
        folder.write_text("variants.csv", variants_csv(corpus.summary)));
  }
  if (data.header().sums_of.tokens) {
    OutputFile file = EXCISE_TRY(OutputFile::open(folder.path("tokens.csv")));
    EXCISE_CHECK(write_tokens_csv(data, file));
    EXCISE_CHECK(file.close());
  }
  EXCISE_CHECK(folder.write_text("experiment.toml", data.header().experiment));
  return json;
}

}  // namespace

std::vector<std::string> corpus_tables(const CorpusHeader& header) {
  std::vector<std::string> names = {"layers", "texts", "units"};
  if (header.sums_of.parts > 0) names.emplace_back("parts");
  if (header.has_variants()) names.emplace_back("variants");
  if (header.sums_of.tokens) names.emplace_back("tokens");
  return names;
}

Result<std::string> write_corpus_results(const OutputFolder& folder,
                                         const CorpusData& data,
                                         const CorpusSummary& corpus,
                                         TableFormats formats) {
  try {
    return write_files(folder, data, corpus, formats);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "results", .subject = "no memory to write them"});
  }
}

Result<CorpusHeader> read_finished(const std::filesystem::path& folder) {
  const auto path = folder / kJournalName;
  const Journal journal = EXCISE_TRY(Journal::open(path));
  return read_header(journal.header(), path.string());
}

}  // namespace excise
