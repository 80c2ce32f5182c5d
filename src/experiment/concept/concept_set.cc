#include "experiment/concept/concept_set.h"

#include <fmt/format.h>

#include <set>

#include "io/text_file.h"
#include "io/toml_record.h"

namespace excise {
namespace {

constexpr std::string_view kSchema = "excise.concept/1";
constexpr size_t kMaxBytes = size_t{16} << 20;

std::vector<TomlKey> keys(ConceptSet& set) {
  return {{"name", &set.name},
          {"with", &set.with},
          {"without", &set.without},
          {"words", &set.words},
          {"control_words", &set.control_words},
          {"control_text", &set.control_text},
          {"prompts", &set.prompts}};
}

Status check(const ConceptSet& set, std::string_view source) {
  const auto refuse = [&](std::string_view key, std::string expected,
                          std::string found) {
    return fail(ErrorCode::kBadInput,
                {.where = "concept",
                 .subject = fmt::format("{}: {}", source, key),
                 .expected = std::move(expected),
                 .found = std::move(found)});
  };
  std::set<std::string> seen;
  for (const auto& [key, texts] :
       {std::pair{"with", &set.with}, std::pair{"without", &set.without}}) {
    if (texts->size() < kMinTexts) {
      return refuse(key, fmt::format("at least {} texts", kMinTexts),
                    fmt::format("{}", texts->size()));
    }
    for (const std::string& text : *texts) {
      if (text.empty()) return refuse(key, "texts", "an empty one");
      if (!seen.insert(text).second) {
        return refuse(key, "each text once, in one class",
                      fmt::format("\"{}\" again", text.substr(0, 40)));
      }
    }
  }
  if (set.name.empty()) return refuse("name", "a name", "none");
  if (set.words.empty()) return refuse("words", "its own words", "none");
  if (set.control_words.empty()) {
    return refuse("control_words", "words to leave alone", "none");
  }
  if (set.control_text.empty()) {
    return refuse("control_text", "a text to leave alone", "none");
  }
  return {};
}

}  // namespace

Result<ConceptSet> parse_concept(std::string_view toml,
                                 std::string_view source) {
  ConceptSet set;
  EXCISE_CHECK(read_toml(toml, source, kSchema, keys(set)));
  EXCISE_CHECK(check(set, source));
  return set;
}

Result<ConceptSet> read_concept(const std::filesystem::path& path) {
  return parse_concept(EXCISE_TRY(read_text_file(path, kMaxBytes)),
                       path.string());
}

std::string concept_to_toml(const ConceptSet& concept_set) {
  ConceptSet copy = concept_set;
  return write_toml(kSchema, keys(copy));
}

TextUse text_use(size_t index) {
  if (index % 4 == 2) return TextUse::kChoose;
  if (index % 4 == 3) return TextUse::kReport;
  return TextUse::kFit;
}

}  // namespace excise
