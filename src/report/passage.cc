#include "report/passage.h"

#include <cmath>

namespace excise {

std::vector<std::string> passage_parts(const ResultFolder& folder,
                                       std::string_view topic) {
  std::vector<std::string> parts;
  const auto& passages = value_at(folder.results, "/passages");
  if (!passages.is_array()) return parts;
  for (const auto& passage : passages) {
    if (text_at(passage, "/topic") == topic)
      parts.push_back(text_at(passage, "/text"));
  }
  return parts;
}

std::string passage_text(const ResultFolder& folder, std::string_view topic) {
  std::string text;
  for (const std::string& part : passage_parts(folder, topic))
    text += (text.empty() ? "" : " ") + part;
  return text;
}

std::vector<std::string> passages_about(
    const ResultFolder& folder, const std::vector<std::string_view>& topics) {
  std::vector<std::string> texts;
  for (const std::string_view topic : topics) {
    std::string text = passage_text(folder, topic);
    if (!text.empty()) texts.push_back(std::move(text));
  }
  if (texts.empty()) texts = {text_at(folder.results, "/summary")};
  return texts;
}

double number_at_either(const nlohmann::json& json, const char* pointer,
                        const char* older) {
  const double value = number_at(json, pointer);
  return std::isnan(value) ? number_at(json, older) : value;
}

}  // namespace excise
