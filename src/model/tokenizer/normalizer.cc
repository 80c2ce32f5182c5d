#include "model/tokenizer/normalizer.h"

#include <memory>
#include <string>
#include <utility>

#include "io/utf8.h"
#include "model/tokenizer/byte_alphabet.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"
#include "model/tokenizer/regex.h"
#include "model/tokenizer/unicode.h"
#include "model/tokenizer/unicode_classes.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Every match in the place of which `content` stands.
Result<AlignedText> replaced(const AlignedText& text, const Regex& pattern,
                             const std::string& content) {
  AlignedText out;
  size_t end = 0;
  Regex::Matches matches(pattern, text.text());
  while (const auto match = EXCISE_TRY(matches.next())) {
    out.append(text, end, match->begin);
    out.append(content, text.source(match->begin, match->end));
    end = match->end;
  }
  out.append(text, end, text.text().size());
  return out;
}

AlignedText stripped(const AlignedText& text, bool left, bool right) {
  const std::string_view bytes = text.text();
  size_t begin = bytes.size();
  size_t end = 0;
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = first_character(bytes.substr(at)).length;
    if (!is_space(code_point(bytes.substr(at, length)))) {
      begin = std::min(begin, at);
      end = at + length;
    }
    at += length;
  }
  if (!left) begin = 0;
  if (!right) end = bytes.size();
  AlignedText out;
  if (begin < end) out.append(text, begin, end);
  return out;
}

// Marks, and two letters that were marks in Unicode 9.
std::string accents_pattern() {
  return "(?![" + std::string(unicode::kNoMarks) + unicode::kNewMarks +
         R"(])\p{M}|[\x{1CF2}\x{1CF3}])";
}

AlignedText in_byte_alphabet(const AlignedText& text) {
  AlignedText out;
  for (size_t i = 0; i < text.text().size(); ++i) {
    out.append(byte_character(static_cast<uint8_t>(text.text()[i])),
               text.source(i, i + 1));
  }
  return out;
}

}  // namespace

Result<Normalizer> Normalizer::read(const json& part, const fs::path& file) {
  Normalizer out;
  if (!part.is_null()) EXCISE_CHECK(out.add(part, file));
  return out;
}

Status Normalizer::add(const json& part, const fs::path& file) {
  const std::string type = part_name(part);
  const auto form = [&](NormalForm which) -> Status {
    steps_.push_back({[which](const AlignedText& text) -> Result<AlignedText> {
      return normal_form(text, which);
    }});
    return {};
  };
  if (type == "NFC") return form(NormalForm::kNfc);
  if (type == "NFD") return form(NormalForm::kNfd);
  if (type == "NFKC") return form(NormalForm::kNfkc);
  if (type == "NFKD") return form(NormalForm::kNfkd);
  if (type == "Sequence") {
    const json& parts = member(part, "normalizers");
    if (!parts.is_array())
      return bad_file(file, "a list as normalizers", parts.type_name());
    for (const json& one : parts) EXCISE_CHECK(add(one, file));
    return {};
  }
  if (type == "Lowercase") {
    steps_.push_back({[](const AlignedText& text) -> Result<AlignedText> {
      return lower_case(text);
    }});
    return {};
  }
  if (type == "ByteLevel") {
    steps_.push_back({[](const AlignedText& text) -> Result<AlignedText> {
      return in_byte_alphabet(text);
    }});
    return {};
  }
  if (type == "Strip") {
    const bool left = member(part, "strip_left") != false;
    const bool right = member(part, "strip_right") != false;
    steps_.push_back(
        {[left, right](const AlignedText& text) -> Result<AlignedText> {
          return stripped(text, left, right);
        }});
    return {};
  }
  if (type == "Prepend") {
    const json& prefix = member(part, "prepend");
    if (!prefix.is_string())
      return bad_file(file, "a text to prepend", prefix.type_name());
    steps_.push_back({[prefix = prefix.get<std::string>()](
                          const AlignedText& text) -> Result<AlignedText> {
                        if (text.text().empty()) return text;
                        AlignedText out;
                        out.append(prefix, text.source(0, 0));
                        out.append(text, 0, text.text().size());
                        return out;
                      },
                      true});
    return {};
  }
  if (type == "StripAccents" || type == "Replace") {
    const json& pattern = member(part, "pattern");
    const json& plain = member(pattern, "String");
    const json& regex = member(pattern, "Regex");
    const json& content = member(part, "content");
    const bool accents = type == "StripAccents";
    if (!accents &&
        (!content.is_string() || (!plain.is_string() && !regex.is_string()))) {
      return bad_file(file, "Replace with pattern and content", part.dump());
    }
    if (plain.is_string() && plain.get<std::string>().empty()) return {};
    auto compiled = std::make_shared<Regex>(
        accents ? EXCISE_TRY(Regex::compile(accents_pattern(), file))
        : plain.is_string()
            ? EXCISE_TRY(Regex::literal(plain.get<std::string>(), file))
            : EXCISE_TRY(Regex::compile(regex.get<std::string>(), file)));
    steps_.push_back({[compiled, text = accents ? std::string()
                                                : content.get<std::string>()](
                          const AlignedText& from) -> Result<AlignedText> {
      return replaced(from, *compiled, text);
    }});
    return {};
  }
  return unsupported(file,
                     "a normalizer of NFC, NFD, NFKC, NFKD, Lowercase, Strip, "
                     "StripAccents, Prepend, Replace or ByteLevel",
                     type);
}

Result<AlignedText> Normalizer::apply(AlignedText text, bool within) const {
  for (const Step& step : steps_) {
    if (within && step.puts_in_front) continue;
    text = EXCISE_TRY(step.change(text));
  }
  return text;
}

}  // namespace excise
