#include "model/families/qwen_windows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/architecture/layer_types.h"

namespace excise {

Status read_qwen_windows(const ConfigReader& read, ModelConfig& config) {
  const bool on =
      EXCISE_TRY(read.flag("use_sliding_window", false)) &&
      (read.present("sliding_window") || !read.contains("sliding_window"));
  constexpr size_t kFirst = 28;
  // Layer 0 may be the first.
  const nlohmann::json* given = read.value("max_window_layers");
  const bool all = given != nullptr && *given == 0;
  const size_t first =
      all ? 0 : EXCISE_TRY(read.size_or("max_window_layers", kFirst));
  const auto sliding = EXCISE_TRY(read_sliding_layers(
      read, config.n_layers, [&](size_t l) { return on && l >= first; }));
  if (!on && std::ranges::find(sliding, true) != sliding.end()) {
    return read.bad(ErrorCode::kBadFile, "use_sliding_window",
                    "true, as layer_types has a sliding_attention",
                    "Transformers does not run this either");
  }
  if (!on) {
    (void)read.contains("sliding_window");
    return {};
  }
  constexpr size_t kWindow = 4096;
  return set_windows(read, sliding, kWindow, config.architecture);
}

}  // namespace excise
