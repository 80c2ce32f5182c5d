#include "report/over_texts_view.h"

#include <string>

namespace excise {

bool is_over_texts(const ResultFolder& folder, const char* key) {
  const std::string pointer = std::string("/over_texts/") + key;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    if (!value_at(folder.layer_entry(row), pointer.c_str()).is_object())
      return false;
  }
  return !folder.layers.empty();
}

ResultFolder over_texts_view(const ResultFolder& folder) {
  ResultFolder view;
  view.layers = folder.layers;
  view.results = {{"layers", nlohmann::json::array()},
                  {"passages", nlohmann::json::array()}};
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    const auto& over = value_at(folder.layer_entry(row), "/over_texts");
    view.results["layers"].push_back(
        {{"default_n", over},
         {"parts", value_at(over, "/parts")},
         {"variants", value_at(over, "/variants")}});
  }
  const auto& passages = value_at(folder.results, "/passages");
  if (!passages.is_array()) return view;
  for (const auto& passage : passages) {
    const std::string topic = text_at(passage, "/topic");
    for (const std::string name : {"parts", "variants"}) {
      if (topic != name + " over texts") continue;
      view.results["passages"].push_back(
          {{"topic", name}, {"text", text_at(passage, "/text")}});
    }
  }
  return view;
}

}  // namespace excise
