#include "experiment/sweep/spec_values.h"

#include <algorithm>
#include <utility>

namespace excise {

// A string, or a list of them.
Expected read_texts(const toml::node& value, Spec& spec) {
  const Expected expected = "a text that is not empty, or a list of such texts";
  std::vector<std::string> texts;
  if (const toml::array* array = value.as_array()) {
    for (const toml::node& element : *array) {
      if (!read_string(element, texts.emplace_back()).empty()) return expected;
    }
  } else if (!read_string(value, texts.emplace_back()).empty()) {
    return expected;
  }
  if (texts.empty() || std::ranges::find(texts, "") != texts.end())
    return expected;
  spec.text = std::move(texts.front());
  spec.further_texts.assign(texts.begin() + 1, texts.end());
  return {};
}

std::string text_values(const Spec& spec) {
  if (spec.further_texts.empty()) return toml_string(spec.text);
  std::string out = "[" + toml_string(spec.text);
  for (const std::string& text : spec.further_texts)
    out += ", " + toml_string(text);
  return out + "]";
}

// A list of components, or a scan such as "each:0-15".
Expected read_remove(const toml::node& value, Spec& spec) {
  if (!value.is_string()) {
    const Expected expected = read_counts(value, spec.remove);
    return expected.empty() ? expected : expected + " or each:0-15";
  }
  const auto parsed =
      parse_remove(*value.value_exact<std::string>(), "remove", spec);
  return parsed ? "" : "a list of integers, each:0-15 or cumulative:0-15";
}

// A table of repeats, such as {random-rank = 40}.
Expected read_controls(const toml::node& value,
                       std::vector<ControlRequest>& out) {
  const toml::table* table = value.as_table();
  if (table == nullptr) return "a table such as {norm-matched = 40}";
  out.clear();
  for (const auto& [name, repeats] : *table) {
    const auto control = parse_control(name.str());
    if (!control) return "random-rank, norm-matched or neuron-shuffle";
    ControlRequest& request = out.emplace_back();
    request.control = *control;
    const Expected expected = read_count(repeats, request.repeats);
    if (!expected.empty()) return "for each control " + expected;
  }
  // A table has no order; that of the program makes repeated runs equal.
  std::ranges::sort(out, {}, &ControlRequest::control);
  return {};
}

std::string controls_table(const std::vector<ControlRequest>& requests) {
  std::string out;
  for (const auto& [control, repeats] : requests) {
    out += (out.empty() ? "{" : ", ") + std::string(control_name(control)) +
           " = " + std::to_string(repeats);
  }
  return out.empty() ? out : out + "}";
}

}  // namespace excise
