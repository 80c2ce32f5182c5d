#include "model/architecture/layer_types.h"

#include <nlohmann/json.hpp>
#include <string>

namespace excise {

Result<std::vector<bool>> read_sliding_layers(
    const ConfigReader& read, size_t n_layers,
    const std::function<bool(size_t layer)>& otherwise) {
  constexpr const char* kKey = "layer_types";
  std::vector<bool> sliding;
  const nlohmann::json* types = read.value(kKey);
  if (types == nullptr) {
    for (size_t l = 0; l < n_layers; ++l) sliding.push_back(otherwise(l));
    return sliding;
  }
  if (!types->is_array() || types->size() != n_layers) {
    return read.bad(
        ErrorCode::kBadFile, kKey,
        "a list of " + std::to_string(n_layers) + ", one for each layer");
  }
  for (size_t l = 0; l < n_layers; ++l) {
    const nlohmann::json& type = types->at(l);
    sliding.push_back(type == "sliding_attention");
    if (sliding.back() || type == "full_attention") continue;
    return read.bad_value(ErrorCode::kUnsupported,
                          std::string(kKey) + "." + std::to_string(l), &type,
                          "full_attention or sliding_attention",
                          "excise runs no other attention");
  }
  return sliding;
}

Status set_windows(const ConfigReader& read, const std::vector<bool>& sliding,
                   size_t otherwise, Architecture& architecture) {
  constexpr const char* kKey = "sliding_window";
  size_t window = 0;
  if (read.present(kKey) || !read.contains(kKey))
    window = EXCISE_TRY(read.size(kKey, otherwise));
  for (size_t l = 0; l < sliding.size(); ++l) {
    if (!sliding[l]) continue;
    if (window == 0)
      return read.bad(
          ErrorCode::kBadFile, kKey,
          "the positions that layer " + std::to_string(l) + " sees");
    architecture.attention[l].window = window;
  }
  return {};
}

Status set_window(const ConfigReader& read, size_t otherwise,
                  Architecture& architecture) {
  constexpr const char* kKey = "sliding_window";
  if (!read.present(kKey) && (read.contains(kKey) || otherwise == 0)) return {};
  return set_windows(read,
                     std::vector<bool>(architecture.attention.size(), true),
                     otherwise, architecture);
}

}  // namespace excise
