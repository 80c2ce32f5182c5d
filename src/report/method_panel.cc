#include "report/method_panel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>

#include "report/fact_names.h"
#include "report/head_parts.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

using nlohmann::json;

// A string as TOML writes it: JSON's escapes, and whatever would not be seen.
std::string toml_string(const std::string& text) {
  return escape_hidden(
      json(text).dump(-1, ' ', false, json::error_handler_t::replace));
}

// The keys in the order of docs/formats.md, then what is not known here.
std::vector<std::string> ordered_keys(const json& spec) {
  std::vector<std::string> keys;
  for (const char* key :
       {"model", "text", "prompt", "ids", "target", "target_id", "preset",
        "centre", "restore", "basis", "remove", "layers"}) {
    if (spec.contains(key)) keys.emplace_back(key);
  }
  for (const auto& [key, value] : spec.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.push_back(key);
    }
  }
  return keys;
}

std::string toml_key(const std::string& key) {
  const bool bare =
      !key.empty() &&
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_-0123456789") ==
          std::string::npos;
  return bare ? key : toml_string(key);
}

// Lists and numbers are written alike in JSON and TOML.
std::string toml_value(const json& value) {
  if (value.is_string()) return toml_string(value.get<std::string>());
  if (!value.is_object()) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  std::string table;
  for (const auto& [key, inner] : value.items()) {
    if (inner.is_object() || inner.is_null()) continue;
    table +=
        (table.empty() ? "" : ", ") + toml_key(key) + " = " + toml_value(inner);
  }
  return "{" + table + "}";
}

// Of the branches that ran in float32 too: each of a sample, of more the worst.
std::string rounding_text(const json& rounding, const std::string& compute) {
  constexpr size_t kListed = 2;
  if (rounding.empty())
    return compute == "f32" ? "nothing was rounded" : "not checked";
  std::vector<std::string> each;
  std::vector<double> percent;
  for (const json& error : rounding) {
    percent.push_back(100 * number_at(error, "/relative"));
    each.push_back(fmt::format("layer {}: {} %",
                               number_text(number_at(error, "/layer"), 9),
                               number_text(percent.back(), 2)));
  }
  if (each.size() <= kListed) return fmt::format("{}", fmt::join(each, "; "));
  const std::string branches = std::to_string(each.size()) + " branches";
  const auto worst = largest(percent);
  return worst ? "at most, of " + branches + ", " + each[*worst]
               : "no effect to compare with in " + branches;
}

using Fact = std::pair<std::string, std::string>;  // its name and its value

// Those with a name first, then what is not known here.
std::vector<Fact> named_facts(const json& facts,
                              std::span<const FactName> names) {
  std::vector<Fact> all;
  if (!facts.is_object()) return all;
  for (const auto& [key, name] : names) {
    if (facts.contains(key)) all.emplace_back(name, fact_text(facts[key]));
  }
  for (const auto& [key, value] : facts.items()) {
    const bool named = std::ranges::any_of(
        names, [&](const FactName& fact) { return key == fact.key; });
    if (!named) all.emplace_back(name_of_unknown(key), fact_text(value));
  }
  return all;
}

std::vector<Fact> audit_of(const ResultFolder& folder) {
  json audit = value_at(folder.results, "/audit");
  const json& rounding = value_at(audit, "/rounding");
  if (rounding.is_array()) {
    audit["rounding"] =
        rounding_text(rounding, text_at(spec_of(folder), "/compute"));
  }
  return named_facts(audit, audit_facts());
}

std::vector<Fact> run_of(const ResultFolder& folder, const Method& method) {
  const json& manifest = value_at(folder.results, "/manifest");
  std::vector<Fact> run;
  for (const auto& [name, pointer] : {std::pair{"excise", "/program/version"},
                                      {"edited at", "/hook"},
                                      {"seed", "/spec/seed"},
                                      {"threads", "/threads"},
                                      {"processor", "/machine/cpu"},
                                      {"cores", "/machine/cores"}}) {
    const json& value = value_at(manifest, pointer);
    if (!value.is_null()) run.emplace_back(name, fact_text(value));
  }
  for (const auto& [name, value] : method.facts)
    run.emplace_back(name, fact_text(value));
  return run;
}

void add_facts(Html& html, const char* title, const std::vector<Fact>& facts) {
  if (facts.empty()) return;
  html.raw("<section><h3>").text(title).raw("</h3><dl>");
  for (const auto& [name, value] : facts) {
    html.raw("<dt>").text(name).raw("</dt><dd>").text(value).raw("</dd>");
  }
  html.raw("</dl></section>");
}

// Of a path, or of each of a list, only the name: the page may travel.
json without_folders(const json& value) {
  if (value.is_array()) {
    json names = json::array();
    for (const json& one : value) names.push_back(without_folders(one));
    return names;
  }
  if (!value.is_string()) return value;
  const auto path = value.get<std::string>();
  return path.substr(path.find_last_of("/\\") + 1);
}

}  // namespace

std::string experiment_toml(const ResultFolder& folder,
                            const std::string& schema,
                            const std::vector<std::string>& without) {
  const json& spec = spec_of(folder);
  std::string text = "schema = " + toml_string(schema) + "\n";
  if (!spec.is_object()) return text;
  for (const std::string& key : ordered_keys(spec)) {
    const json& value = spec[key];
    if (value.is_null() ||
        std::find(without.begin(), without.end(), key) != without.end()) {
      continue;
    }
    const bool path =
        key == "basis_file" || key == "corpus" || key == "class_files";
    text += toml_key(key) + " = " +
            toml_value(path ? without_folders(value) : value) + "\n";
  }
  return text;
}

Panel method_panel(const ResultFolder& folder, const Method& method) {
  const json& manifest = value_at(folder.results, "/manifest");
  Panel panel{.id = "method", .title = "How was this made?"};
  panel.readings = {fmt::format(
      "excise {} ran this on {} (fingerprint {}), with seed {}; every option "
      "and version that the numbers depend on is below.",
      text_at(manifest, "/program/version"), text_at(manifest, "/model/name"),
      text_at(manifest, "/model/fingerprint"),
      number_text(number_at(spec_of(folder), "/seed"), 9))};
  panel.definition.raw(
      "<p>The command below repeats the run. Fingerprints are "
      "64-bit FNV-1a of the text, and 128-bit XXH3 of all that gives the "
      "model's numbers: they tell versions apart. Timings are in "
      "<code>results.json</code>. ");
  panel.definition.add(method.caveat).raw("</p>");
  Html& html = panel.after;
  html.raw("<h3>Repeat it</h3><pre class=\"command\" tabindex=\"0\">")
      .text(method.command)
      .raw("</pre>");
  if (!method.experiment.empty()) {
    html.raw("<h3>experiment.toml</h3><pre id=\"experiment\" tabindex=\"0\">")
        .text(method.experiment)
        .raw("</pre>");
  }
  html.raw("<div class=\"two facts-list\">");
  add_facts(html, "Model",
            named_facts(value_at(manifest, "/model"), model_facts()));
  add_facts(html, "Run", run_of(folder, method));
  add_facts(html, "Audit", audit_of(folder));
  html.raw("</div>");
  return panel;
}

}  // namespace excise
