#include "model/tokenizer/decoder.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "io/text_file.h"
#include "io/utf8.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kBlank = "\u2581";  // SentencePiece's

// The byte of <0xNN>, or the entry as it is.
std::string byte_of(std::string_view entry) {
  unsigned byte = 0;
  if (entry.size() == 6 && entry.starts_with("<0x") && entry.ends_with('>')) {
    const char* end = entry.data() + 5;
    const auto [stop, error] = std::from_chars(entry.data() + 3, end, byte, 16);
    if (error == std::errc() && stop == end)
      return {static_cast<char>(static_cast<uint8_t>(byte))};
  }
  return std::string(entry);
}

}  // namespace

Result<Decoder> Decoder::read(const json& part, bool of_bytes,
                              const fs::path& file) {
  Decoder out;
  // excise writes the bytes that entries stand for, whatever the file says.
  if (of_bytes) out.steps_.emplace_back(ByteLevel());
  if (!part.is_null()) {
    EXCISE_CHECK(out.add(part, file));
  } else if (!of_bytes) {
    EXCISE_CHECK(out.add({{"type", "Replace"},
                          {"pattern", {{"String", kBlank}}},
                          {"content", " "}},
                         file));
    out.steps_.emplace_back(ByteFallback());
  }
  return out;
}

Status Decoder::add(const json& part, const fs::path& file) {
  const std::string type = part_name(part);
  if (type == "Sequence") {
    for (const json& one : member(part, "decoders"))
      EXCISE_CHECK(add(one, file));
    return {};
  }
  if (type == "ByteLevel") {
    const bool there = std::ranges::any_of(steps_, [](const Step& step) {
      return std::holds_alternative<ByteLevel>(step);
    });
    if (!there) steps_.emplace_back(ByteLevel());
    return {};
  }
  if (type == "ByteFallback") {
    steps_.emplace_back(ByteFallback());
    return {};
  }
  if (type == "Fuse") {
    fused_ = true;
    return {};
  }
  if (type == "Replace") return add_replace(part, file);
  if (type == "Strip") return add_strip(part, file);
  if (type == "Metaspace") {
    const json& sign = member(part, "replacement");
    if (!sign.is_string())
      return bad_file(file, "a character as replacement", sign.dump());
    if (member(part, "prepend_scheme") != "never" &&
        member(part, "add_prefix_space") != false) {
      steps_.emplace_back(BareFirst());
    }
    return add_replace({{"type", "Replace"},
                        {"pattern", {{"String", sign}}},
                        {"content", " "}},
                       file);
  }
  return unsupported(file,
                     "a decoder of ByteLevel, Metaspace, Replace, "
                     "ByteFallback, Fuse or Strip",
                     type);
}

Status Decoder::add_replace(const json& part, const fs::path& file) {
  const json& pattern = member(part, "pattern");
  const json& plain = member(pattern, "String");
  const json& regex = member(pattern, "Regex");
  const json& content = member(part, "content");
  if (!content.is_string() || (!plain.is_string() && !regex.is_string()))
    return bad_file(file, "Replace with pattern and content", part.dump());
  if (plain.is_string() && plain.get<std::string>().empty()) return {};
  steps_.emplace_back(Replace{
      std::make_shared<const Regex>(
          plain.is_string()
              ? EXCISE_TRY(Regex::literal(plain.get<std::string>(), file))
              : EXCISE_TRY(Regex::compile(regex.get<std::string>(), file))),
      content.get<std::string>()});
  return {};
}

Status Decoder::add_strip(const json& part, const fs::path& file) {
  const json& content = member(part, "content");
  const json& start = member(part, "start");
  const json& stop = member(part, "stop");
  if (!content.is_string() ||
      character_count(content.get_ref<const std::string&>()) != 1 ||
      !start.is_number_unsigned() || !stop.is_number_unsigned()) {
    return bad_file(file, "Strip with a character, start and stop",
                    part.dump());
  }
  steps_.emplace_back(Strip{content.get<std::string>(), start.get<size_t>(),
                            stop.get<size_t>(), fused_});
  return {};
}

std::string Decoder::stripped(const Strip& step, std::string_view text) {
  for (size_t i = 0; i < step.start && text.starts_with(step.character); ++i)
    text.remove_prefix(step.character.size());
  for (size_t i = 0; i < step.stop && text.ends_with(step.character); ++i)
    text.remove_suffix(step.character.size());
  return std::string(text);
}

Result<std::string> Decoder::entry(std::string_view entry, bool added) const {
  std::string text(entry);
  for (const Step& step : steps_) {
    if (std::holds_alternative<ByteLevel>(step) && !added) {
      text = alphabet_to_bytes(text).value_or(text);
    } else if (std::holds_alternative<ByteFallback>(step)) {
      text = byte_of(text);
    } else if (const auto* strip = std::get_if<Strip>(&step)) {
      if (!strip->whole) text = stripped(*strip, text);
    } else if (const auto* replace = std::get_if<Replace>(&step)) {
      if (first_invalid_utf8(text)) continue;
      std::string out;
      size_t end = 0;
      Regex::Matches matches(*replace->pattern, text);
      while (const auto match = EXCISE_TRY(matches.next())) {
        out.append(text, end, match->begin - end);
        out += replace->content;
        end = match->end;
      }
      text = out + text.substr(end);
    }
  }
  return text;
}

std::string Decoder::whole(std::string text, size_t first) const {
  for (const Step& step : steps_) {
    if (std::holds_alternative<BareFirst>(step)) {
      const auto end = text.begin() + static_cast<std::ptrdiff_t>(first);
      text.erase(std::remove(text.begin(), end, ' '), end);
    } else if (const auto* strip = std::get_if<Strip>(&step)) {
      if (strip->whole) text = stripped(*strip, text);
    }
  }
  return text;
}

}  // namespace excise
