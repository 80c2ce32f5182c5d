// JSON of others, read so that its depth cannot exhaust the stack when it is
// copied or written.
#ifndef EXCISE_IO_BOUNDED_JSON_H_
#define EXCISE_IO_BOUNDED_JSON_H_

#include <nlohmann/json.hpp>
#include <string_view>

namespace excise {

// Discarded (is_discarded()) where the text is no JSON or has more than 64
// levels. Json: nlohmann's json or ordered_json.
template <typename Json = nlohmann::json>
Json parse_bounded_json(std::string_view text) {
  constexpr int kDeepest = 64;
  bool deep = false;
  const auto shallow = [&](int depth, typename Json::parse_event_t, Json&) {
    deep = deep || depth > kDeepest;
    return !deep;
  };
  Json json = Json::parse(text, shallow, false);
  return deep ? Json(nlohmann::detail::value_t::discarded) : json;
}

}  // namespace excise

#endif  // EXCISE_IO_BOUNDED_JSON_H_
