#include <fmt/format.h>

#include <algorithm>

#include "report/panel_parts.h"
#include "report/panels.h"

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
  for (const char* key : {"model", "text", "ids", "preset", "centre", "restore",
                          "basis", "remove", "layers"}) {
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

// The resolved experiment from the manifest, whose model is a name and no path
// of somebody's machine.
std::string experiment_toml(const json& spec) {
  std::string text = "schema = \"excise.experiment/1\"\n";
  if (!spec.is_object()) return text;
  for (const std::string& key : ordered_keys(spec)) {
    const json& value = spec[key];
    if (value.is_null()) continue;
    text += toml_key(key) + " = " + toml_value(value) + "\n";
  }
  return text;
}

std::string shown(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "\u2013";
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void add_facts(Html& html, const std::string& title, const json& facts) {
  if (!facts.is_object()) return;
  html.raw("<section><h3>").text(title).raw("</h3><dl>");
  for (const auto& [key, value] : facts.items()) {
    if (value.is_object()) continue;
    html.raw("<dt>").text(key).raw("</dt><dd>").text(shown(value));
    html.raw("</dd>");
  }
  html.raw("</dl></section>");
}

}  // namespace

Panel method_panel(const ResultFolder& folder) {
  const json& manifest = value_at(folder.results, "/manifest");
  Panel panel{.id = "method", .title = "How was this made?"};
  panel.readings = {fmt::format(
      "excise {} ran this on {} (fingerprint {}), with seed {}; every option "
      "and version that the numbers depend on is below.",
      text_at(manifest, "/program/version"), text_at(manifest, "/model/name"),
      text_at(manifest, "/model/fingerprint"),
      number_text(number_at(manifest, "/seed"), 9))};
  panel.definition.raw(
      "<p>The experiment below repeats the run. Fingerprints are 64-bit "
      "FNV-1a of the text, and of the model's tensors: they tell versions "
      "apart. Timings are in <code>results.json</code>. A p-value of one text "
      "describes that text: its tokens are not independent.</p>");
  Html& html = panel.after;
  html.raw("<h3>Repeat it</h3><pre class=\"command\" tabindex=\"0\">")
      .text("excise run experiment.toml --out again")
      .raw(
          "</pre><h3>experiment.toml</h3><pre id=\"experiment\" "
          "tabindex=\"0\">")
      .text(experiment_toml(value_at(manifest, "/spec")))
      .raw("</pre><div class=\"two facts-list\">");
  add_facts(html, "Model", value_at(manifest, "/model"));
  add_facts(html, "Run",
            {{"excise", text_at(manifest, "/program/version")},
             {"hook", text_at(manifest, "/hook")},
             {"text fingerprint", text_at(manifest, "/text_fingerprint")},
             {"tokens", folder.n_tokens()},
             {"seed", value_at(manifest, "/seed")},
             {"threads", value_at(manifest, "/threads")},
             {"passes", value_at(manifest, "/passes")},
             {"processor", value_at(manifest, "/machine/cpu")},
             {"cores", value_at(manifest, "/machine/cores")}});
  add_facts(html, "Audit", value_at(folder.results, "/audit"));
  html.raw("</div>");
  return panel;
}

}  // namespace excise
