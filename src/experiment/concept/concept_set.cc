#include "experiment/concept/concept_set.h"

#include <fmt/format.h>

#include <set>

#include "experiment/concept/marked_text.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

constexpr std::string_view kSchema = "excise.concept/1";
constexpr size_t kMaxBytes = size_t{16} << 20;

tl::unexpected<Error> refuse(std::string_view source, std::string_view key,
                             std::string expected, std::string found,
                             std::string hint = {}) {
  return fail(ErrorCode::kBadInput,
              {.where = "concept",
               .subject = fmt::format("{}: {}", source, key),
               .expected = std::move(expected),
               .found = std::move(found),
               .hint = std::move(hint)});
}

Status check_texts(const ConceptSet& set, std::string_view source) {
  std::set<std::string> seen;
  const auto check_list = [&](std::string_view key,
                              const std::vector<std::string>& texts) -> Status {
    if (texts.size() < kMinTexts) {
      return refuse(source, key, fmt::format("at least {} texts", kMinTexts),
                    fmt::format("{}", texts.size()));
    }
    for (const std::string& text : texts) {
      if (text.empty()) return refuse(source, key, "texts", "an empty one");
      if (!seen.insert(text).second) {
        return refuse(source, key, "each text once, in one class",
                      fmt::format("\"{}\" again", beginning(text, 40)));
      }
    }
    return {};
  };
  if (!set.labels_tokens()) {
    if (!set.class_tokens.empty()) {
      return refuse(source, "class_tokens", "texts whose tokens they label",
                    "none", "give them as texts");
    }
    EXCISE_CHECK(check_list("with", set.with));
    return check_list("without", set.without);
  }
  if (!set.with.empty() || !set.without.empty()) {
    return refuse(source, "texts", "with and without, or texts with spans",
                  "both");
  }
  if (set.class_tokens.size() > 2) {
    return refuse(source, "class_tokens", "one or two patterns",
                  fmt::format("{}", set.class_tokens.size()));
  }
  EXCISE_CHECK(check_list("texts", set.texts));
  bool any = false;
  for (const std::string& text : set.texts) {
    any = any || !EXCISE_TRY(parse_marked_text(text)).spans.empty();
  }
  if (any == set.class_tokens.empty()) return {};
  return refuse(source, "texts", "spans such as [[her]], or class_tokens",
                any ? "both" : "neither");
}

}  // namespace

std::vector<TomlKey> concept_keys(ConceptSet& set) {
  return {{"name", &set.name},
          {"with", &set.with},
          {"without", &set.without},
          {"texts", &set.texts},
          {"class_tokens", &set.class_tokens},
          {"words", &set.words},
          {"control_words", &set.control_words},
          {"control_text", &set.control_text},
          {"prompts", &set.prompts}};
}

Status check_concept(const ConceptSet& set, std::string_view source) {
  EXCISE_CHECK(check_texts(set, source));
  if (set.name.empty()) return refuse(source, "name", "a name", "none");
  if (set.words.empty()) {
    return refuse(source, "words", "its own words", "none");
  }
  if (set.control_words.empty()) {
    return refuse(source, "control_words", "words to leave alone", "none");
  }
  if (set.control_text.empty()) {
    return refuse(source, "control_text", "a text to leave alone", "none");
  }
  return {};
}

Result<ConceptSet> parse_concept(std::string_view toml,
                                 std::string_view source) {
  ConceptSet set;
  EXCISE_CHECK(read_toml(toml, source, kSchema, concept_keys(set)));
  EXCISE_CHECK(check_concept(set, source));
  return set;
}

Result<ConceptSet> read_concept(const std::filesystem::path& path) {
  return parse_concept(EXCISE_TRY(read_plain_text(path, kMaxBytes)).text,
                       path.string());
}

std::string concept_to_toml(const ConceptSet& concept_set) {
  ConceptSet copy = concept_set;
  return write_toml(kSchema, concept_keys(copy));
}

TextUse text_use(size_t index) {
  if (index % 4 == 2) return TextUse::kChoose;
  if (index % 4 == 3) return TextUse::kReport;
  return TextUse::kFit;
}

}  // namespace excise
