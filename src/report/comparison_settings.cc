#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "core/number_text.h"
#include "report/comparison_parts.h"
#include "report/control_series.h"
#include "report/fact_names.h"

namespace excise {
namespace {

using nlohmann::json;

enum class Shown {
  kValue,
  kText,
  kFile,
  kNumbers,
  kRemoved,
  kSets,
  kBytes,
  kMean,
  kControls,
  kTokens
};

struct Setting {
  const char* part;  // of results.json
  const char* key;
  const char* name;
  Shown shown = Shown::kValue;
  const char* option = "";  // that sets it
};

constexpr const char* kModel = "/manifest/model";
constexpr const char* kSpec = "/manifest/spec";
constexpr const char* kManifest = "/manifest";

// Those behind the facts of the model.
constexpr std::array kSettings = std::to_array<Setting>({
    {kSpec, "text", "text", Shown::kText, "--text"},
    {kSpec, "ids", "token ids", Shown::kNumbers, "--ids"},
    {kSpec, "tokenizer_fingerprint", "tokenizer"},
    {kSpec, "bos", "what begins a text", Shown::kValue, "--bos"},
    {kSpec, "special_tokens", "special tokens in a text", Shown::kValue,
     "--special-tokens"},
    {kManifest, "n_tokens", "tokens of the text"},
    {kSpec, "preset", "preset", Shown::kValue, "--preset"},
    {kSpec, "centre", "mean that is taken out", Shown::kMean, "--centre"},
    {kSpec, "restore", "mean that is put back", Shown::kMean, "--restore"},
    {kSpec, "basis", "decomposition", Shown::kValue, "--basis"},
    {kSpec, "basis_file", "basis file", Shown::kFile, "--basis-file"},
    {kSpec, "basis_fingerprint", "content of the basis file"},
    {kSpec, "corpus", "corpus that was fitted", Shown::kFile, "--corpus"},
    {kSpec, "corpus_fingerprint", "content of the corpus"},
    {kSpec, "class_files", "files of the classes", Shown::kFile,
     "--class-file"},
    {kSpec, "class_fingerprints", "content of those files"},
    {kSpec, "class_tokens", "tokens of the classes", Shown::kText,
     "--class-tokens"},
    {kSpec, "components", "components fitted", Shown::kValue, "--components"},
    {kSpec, "shrinkage", "shrinkage", Shown::kValue, "--shrinkage"},
    {kSpec, "remove", "components removed", Shown::kRemoved, "--remove"},
    {kSpec, "action", "removed or added"},
    {kSpec, "strength", "strength"},
    {kSpec, "class", "class that is added"},
    {kSpec, "hook", "edited at", Shown::kValue, "--at"},
    {kSpec, "positions", "positions edited", Shown::kTokens, "--positions"},
    {kSpec, "token_pattern", "tokens edited, by pattern", Shown::kText,
     "--token-pattern"},
    {kSpec, "layers", "layers edited", Shown::kNumbers, "--layers"},
    {kSpec, "detail_layer", "layer in detail", Shown::kValue, "--detail-layer"},
    {kSpec, "cells", "cells of the 2 × 2", Shown::kValue, "--cells"},
    {kSpec, "empty_branch", "mean alone"},
    {kSpec, "controls", "controls drawn", Shown::kControls, "--controls"},
    {kSpec, "together", "layers edited together", Shown::kSets, "--together"},
    {kSpec, "coordinates", "coordinates of layers together", Shown::kValue,
     "--coordinates"},
    {kSpec, "dormant_share", "share that the MLP’s output cannot see",
     Shown::kValue, "--dormant-share"},
    {kSpec, "seed", "seed", Shown::kValue, "--seed"},
    {kSpec, "permutations", "permutations", Shown::kValue, "--permutations"},
    {kSpec, "executor", "executor", Shown::kValue, "--executor"},
    {kSpec, "compute", "number format of the products", Shown::kValue,
     "--compute"},
    {kSpec, "check_rounding", "rounding checked at", Shown::kValue,
     "--check-rounding"},
    {kSpec, "memory_limit", "memory limit", Shown::kBytes, "--memory-limit"},
    {kSpec, "threads", "threads", Shown::kValue, "--threads"},
});

std::vector<Setting> all_settings() {
  std::vector<Setting> settings;
  for (const FactName& fact : model_facts())
    settings.push_back({kModel, fact.key, fact.name});
  settings.insert(settings.end(), kSettings.begin(), kSettings.end());
  return settings;
}

// Told by another line: the model by name and fingerprint.
bool is_told_elsewhere(const std::string& key) {
  return key == "model" || key == "model_fingerprint";
}

// What all of them begin with is left out where it is long.
size_t after_shared(size_t shared, size_t long_from, size_t kept) {
  return shared > long_from ? shared - kept : 0;
}

template <typename Sequence>
size_t shared_start(const Sequence& one, const Sequence& other) {
  const auto [end, unused] = std::ranges::mismatch(one, other);
  return static_cast<size_t>(end - one.begin());
}

std::string file_name(const json& value) {
  if (value.is_array()) {
    std::string names;
    for (const json& one : value)
      names += (names.empty() ? "" : ", ") + file_name(one);
    return names.empty() ? "none" : names;
  }
  if (!value.is_string()) return fact_text(value);
  const auto path = value.get<std::string>();
  return fact_text(json(path.substr(path.find_last_of("/\\") + 1)));
}

std::string sets_text(const json& value) {
  if (!value.is_array()) return fact_text(value);
  std::string text;
  for (const json& set : value)
    text += (text.empty() ? "" : "; ") + ranges_text(numbers_at(set, ""));
  return text.empty() ? "none" : text;
}

std::string bytes_text(const json& value) {
  if (!value.is_number()) return fact_text(value);
  const double bytes = value.get<double>();
  return bytes == 0 ? "none" : short_text(bytes / (1 << 20), 4) + " MiB";
}

// "each:0,1,2" of a scan; else a list.
bool is_scan(const json& value) {
  return value.is_string() &&
         value.get_ref<const std::string&>().find(':') != std::string::npos;
}

// "each of 0–7 by itself".
std::string scan_text(const json& value) {
  const auto text = value.get<std::string>();
  const size_t colon = text.find(':');
  const std::string list = text.substr(colon + 1);
  std::vector<size_t> numbers;
  size_t at = 0;
  while (at < list.size()) {
    const size_t end = std::min(list.find(',', at), list.size());
    size_t number = 0;
    const auto [rest, error] =
        std::from_chars(list.data() + at, list.data() + end, number);
    if (error != std::errc() || rest != list.data() + end)
      return fact_text(value);
    numbers.push_back(number);
    at = end + 1;
  }
  const std::string mode = text.substr(0, colon);
  if (mode == "each") return "each of " + ranges_text(numbers) + " by itself";
  if (mode == "cumulative")
    return "the first ones together, up to each of " + ranges_text(numbers);
  return fact_text(value);
}

// Of --centre and --restore, with what one types for it.
std::string mean_text(const json& value) {
  const std::string name = value.is_string() ? value.get<std::string>() : "";
  if (name == "neuron") return "each neuron’s mean over tokens (neuron)";
  if (name == "token") return "each token’s mean over neurons (token)";
  return fact_text(value);
}

// "random directions (random-rank), 40 draws".
std::string controls_text(const json& value) {
  if (!value.is_array() && !value.is_object()) return fact_text(value);
  std::string text;
  for (const auto& [place, one] : value.items()) {
    const bool pair = one.is_array() && one.size() == 2;
    if (value.is_array() && !(pair && one[0].is_string()))
      return fact_text(value);
    const std::string key = pair ? one[0].get<std::string>() : place;
    text +=
        fmt::format("{}{} ({}), {} draws", text.empty() ? "" : "; ",
                    control_words(key), key, fact_text(pair ? one[1] : one));
  }
  return text.empty() ? "none" : text;
}

std::string tokens_text(const json& value) {
  return value == "all" || value == json() ? "all" : fact_text(value);
}

// Values as cells; what all of the results begin with may be left out.
std::vector<std::string> texts_shown(const std::vector<json>& values) {
  std::vector<std::string> texts;
  for (const json& value : values) {
    const bool several = value.is_array() && !value.empty();
    texts.push_back(several && value[0].is_string()
                        ? value[0].get<std::string>()
                    : value.is_string() ? value.get<std::string>()
                                        : "");
  }
  size_t shared = texts.front().size();
  for (const std::string& text : texts)
    shared = std::min(shared, shared_start(texts.front(), text));
  const bool same = std::ranges::all_of(
      texts, [&](const std::string& text) { return text == texts.front(); });
  const size_t from = same ? 0 : after_shared(shared, 40, 16);
  std::vector<std::string> cells;
  for (size_t i = 0; i < values.size(); ++i) {
    std::string cell = texts[i].empty() ? fact_text(values[i])
                                        : "“" + excerpt(texts[i], from) + "”";
    if (values[i].is_array() && values[i].size() > 1)
      cell = count_text(values[i].size(), "text") + ", the first " + cell;
    cells.push_back(std::move(cell));
  }
  return cells;
}

std::vector<std::string> numbers_shown(const std::vector<json>& values) {
  std::vector<std::vector<size_t>> lists;
  for (const json& value : values) lists.push_back(numbers_at(value, ""));
  size_t shared = lists.front().size();
  for (const auto& list : lists)
    shared = std::min(shared, shared_start(lists.front(), list));
  const size_t from = after_shared(shared, 12, 2);
  std::vector<std::string> cells;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::vector<size_t> rest(
        lists[i].begin() +
            static_cast<std::ptrdiff_t>(std::min(from, lists[i].size())),
        lists[i].end());
    cells.push_back(lists[i].empty()
                        ? fact_text(values[i])
                        : (from > 0 ? "… " : "") + ranges_text(rest));
  }
  return cells;
}

std::string value_text(const json& value, Shown shown) {
  switch (shown) {
    case Shown::kFile:
      return file_name(value);
    case Shown::kSets:
      return sets_text(value);
    case Shown::kBytes:
      return bytes_text(value);
    case Shown::kMean:
      return mean_text(value);
    case Shown::kControls:
      return controls_text(value);
    case Shown::kTokens:
      return tokens_text(value);
    default:
      return fact_text(value);
  }
}

std::vector<std::string> cells_of(const std::vector<json>& values,
                                  Shown shown) {
  if (shown == Shown::kText) return texts_shown(values);
  const bool scans = std::ranges::any_of(values, is_scan);
  if (shown == Shown::kNumbers || (shown == Shown::kRemoved && !scans))
    return numbers_shown(values);
  if (shown == Shown::kRemoved) {
    std::vector<std::string> cells;
    for (const json& value : values)
      cells.push_back(is_scan(value) ? scan_text(value)
                                     : numbers_shown({value}).front());
    return cells;
  }
  std::vector<std::string> cells;
  for (const json& value : values) {
    cells.push_back(value_text(value, shown));
  }
  return cells;
}

void add_row(const std::vector<Compared>& results, const Setting& setting,
             std::vector<ComparedRow>& rows) {
  std::vector<json> values;
  std::vector<bool> there;
  for (const Compared& result : results) {
    const json& part = value_at(result.folder.results, setting.part);
    const bool found = part.is_object() && part.contains(setting.key);
    there.push_back(found);
    values.push_back(found ? part.at(setting.key) : json());
  }
  const bool same =
      std::ranges::adjacent_find(values, std::not_equal_to<>()) == values.end();
  if (same) return;
  ComparedRow row{setting.name, cells_of(values, setting.shown),
                  setting.option};
  for (size_t i = 0; i < there.size(); ++i)
    if (!there[i]) row.cells[i] = "–";
  rows.push_back(std::move(row));
}

// Of a later version, perhaps: by their keys.
std::set<std::string> unknown_keys(const std::vector<Compared>& results,
                                   const std::vector<Setting>& settings,
                                   const char* part) {
  std::set<std::string> keys;
  for (const Compared& result : results) {
    const json& facts = value_at(result.folder.results, part);
    if (!facts.is_object()) continue;
    for (const auto& [key, value] : facts.items()) {
      const bool known =
          std::ranges::any_of(settings, [&](const Setting& setting) {
            return key == setting.key && std::string_view(part) == setting.part;
          });
      if (!known && !is_told_elsewhere(key)) keys.insert(key);
    }
  }
  return keys;
}

}  // namespace

std::vector<ComparedRow> different_settings(
    const std::vector<Compared>& results) {
  std::vector<ComparedRow> rows;
  const std::vector<Setting> settings = all_settings();
  for (const Setting& setting : settings) add_row(results, setting, rows);
  for (const char* part : {kModel, kSpec}) {
    for (const std::string& key : unknown_keys(results, settings, part)) {
      const std::string name = name_of_unknown(key);
      add_row(results, {part, key.c_str(), name.c_str()}, rows);
    }
  }
  return rows;
}

}  // namespace excise
