#include <algorithm>

#include "io/text_file.h"
#include "model/tokenizer/file_error.h"
#include "model/tokenizer/vocabulary_files.h"
#include "model/tokenizer/vocabulary_reader.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

Status read_merges(const fs::path& path, Vocabulary& vocabulary) {
  const std::string text = EXCISE_TRY(read_text_file(path));
  // A tokenizer of single bytes still has the heading.
  if (text.empty()) return bad_file(path, "merges", "an empty file");
  if (const auto offset = first_invalid_utf8(text)) {
    return bad_file(path, "UTF-8",
                    "another byte at offset " + std::to_string(*offset));
  }
  size_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool heading = begin == 0 && line.starts_with("#version");
    begin = end + 1;
    if (line.empty() || heading) continue;
    ++number;
    const auto merge = split_merge(line);
    if (!merge) {
      return bad_file(
          path, "two entries and a space between in each line",
          "merge " + std::to_string(number) + ": " + std::string(line));
    }
    EXCISE_CHECK(
        vocabulary.add_merge(merge->first, merge->second, path, number));
  }
  return {};
}

}  // namespace

Result<Vocabulary> read_gpt2_files(const fs::path& folder) {
  const fs::path path = folder / "vocab.json";
  VocabularyReader reader("", "no merges");
  EXCISE_CHECK(read_json(path, reader));
  Vocabulary vocabulary =
      EXCISE_TRY(Vocabulary::create(std::move(reader.entries), path));
  EXCISE_CHECK(read_merges(folder / "merges.txt", vocabulary));
  return vocabulary;
}

}  // namespace excise
