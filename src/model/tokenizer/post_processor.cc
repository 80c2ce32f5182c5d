#include "model/tokenizer/post_processor.h"

#include <climits>
#include <string>

#include "model/tokenizer/file_error.h"
#include "model/tokenizer/json_file.h"

namespace excise {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Result<int> token_id(const json& value, const fs::path& file) {
  if (!value.is_number_integer() || value.get<int64_t>() < 0 ||
      value.get<int64_t>() > INT_MAX) {
    return bad_file(file, "ids of tokens in post_processor", value.dump());
  }
  return value.get<int>();
}

}  // namespace

Result<PostProcessor> PostProcessor::read(const json& tokenizer,
                                          const fs::path& file) {
  PostProcessor out;
  const json& part = member(tokenizer, "post_processor");
  if (!part.is_null()) EXCISE_CHECK(out.add(part, file));
  EXCISE_CHECK(out.read_lengths(tokenizer, file));
  return out;
}

Status PostProcessor::add(const json& part, const fs::path& file) {
  const std::string type = part_name(part);
  if (type == "ByteLevel") return {};
  if (type == "Sequence") {
    const json& parts = member(part, "processors");
    if (!parts.is_array())
      return bad_file(file, "a list as processors", parts.type_name());
    for (const json& one : parts) EXCISE_CHECK(add(one, file));
    return {};
  }
  if (type == "TemplateProcessing") return add_template(part, file);
  if (type == "RobertaProcessing" || type == "BertProcessing") {
    for (const char* key : {"cls", "sep"}) {
      const json& token = member(part, key);
      if (!token.is_array() || token.size() != 2)
        return bad_file(file, std::string(key) + " as [text, id]",
                        token.dump());
      const int id = EXCISE_TRY(token_id(token[1], file));
      if (key[0] == 'c') {
        before.insert(before.begin(), id);
      } else {
        after.push_back(id);
      }
    }
    return {};
  }
  return unsupported(file,
                     "a post_processor of ByteLevel, TemplateProcessing, "
                     "RobertaProcessing or BertProcessing",
                     type);
}

// "single": a list of {"SpecialToken": {"id": "<s>"}} and one
// {"Sequence": {"id": "A"}}; "special_tokens" has the ids of the former.
Status PostProcessor::add_template(const json& part, const fs::path& file) {
  const json& pieces = member(part, "single");
  std::vector<int> front;
  std::vector<int> back;
  size_t texts = 0;
  for (const json& piece : pieces) {
    const json& special = member(member(piece, "SpecialToken"), "id");
    if (member(member(piece, "Sequence"), "id") == "A") {
      ++texts;
      continue;
    }
    if (!special.is_string()) {
      return bad_file(file, "special tokens and the sequence A in single",
                      piece.dump());
    }
    const json& ids = member(member(member(part, "special_tokens"),
                                    special.get<std::string>().c_str()),
                             "ids");
    if (!ids.is_array()) {
      return bad_file(file, "ids in special_tokens",
                      "none for " + special.get<std::string>());
    }
    for (const json& id : ids)
      (texts == 0 ? front : back).push_back(EXCISE_TRY(token_id(id, file)));
  }
  if (!pieces.is_array() || texts != 1) {
    return unsupported(file, "a template with the text once",
                       std::to_string(texts) + " times");
  }
  before.insert(before.begin(), front.begin(), front.end());
  after.insert(after.end(), back.begin(), back.end());
  return {};
}

Status PostProcessor::read_lengths(const json& tokenizer,
                                   const fs::path& file) {
  const auto size = [&](const json& value, size_t& out) -> Status {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > INT_MAX)
      return bad_file(file, "a length of truncation or padding", value.dump());
    out = value.get<size_t>();
    return {};
  };
  const json& truncation = member(tokenizer, "truncation");
  if (!truncation.is_null()) {
    size_t longest = 0;
    EXCISE_CHECK(size(member(truncation, "max_length"), longest));
    longest_ = longest;
  }
  const json& padding = member(tokenizer, "padding");
  const json& fixed = member(member(padding, "strategy"), "Fixed");
  if (!fixed.is_null()) EXCISE_CHECK(size(fixed, shortest_));
  const json& multiple = member(padding, "pad_to_multiple_of");
  if (!multiple.is_null()) EXCISE_CHECK(size(multiple, multiple_));
  return {};
}

Status PostProcessor::check_length(size_t ids, const fs::path& file) const {
  if (longest_ && ids > *longest_) {
    return unsupported(file,
                       "a text of at most " + std::to_string(*longest_) +
                           " tokens, where its truncation cuts (set it to null "
                           "to take texts whole)",
                       std::to_string(ids));
  }
  if (ids < shortest_ || (multiple_ > 1 && ids % multiple_ != 0)) {
    return unsupported(file,
                       "a text that its padding leaves alone (set it to "
                       "null to take texts as they are)",
                       std::to_string(ids) + " tokens");
  }
  return {};
}

}  // namespace excise
