// Keys of JSON files that others wrote. Each reader has three lists: keys that
// it uses, keys that change no number here (with the reason), and keys that it
// refuses. What is in none of them is told or refused as well.
#ifndef EXCISE_IO_KNOWN_KEYS_H_
#define EXCISE_IO_KNOWN_KEYS_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace excise {

// The keys of an object that are in none of the lists.
template <typename... Lists>
std::vector<std::string> other_keys(const nlohmann::json& object,
                                    const Lists&... lists) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) {
    const auto in = [&name = key](const auto& list) {
      return std::ranges::find(list, name) != std::ranges::end(list);
    };
    if (!(in(lists) || ...)) keys.push_back(key);
  }
  return keys;
}

// A value or key in a sentence: ASCII, at most 60 bytes.
inline std::string shown_json(const nlohmann::json& value) {
  constexpr size_t kLongest = 60;
  std::string text =
      value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest - 3) + "...";
  return text;
}

}  // namespace excise

#endif  // EXCISE_IO_KNOWN_KEYS_H_
