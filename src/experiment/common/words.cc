#include "experiment/common/words.h"

#include <fmt/format.h>

namespace excise {

Result<std::vector<int>> encode_text(const Model& model, std::string_view text,
                                     std::string_view where) {
  if (model.tokenizer) return model.tokenizer->encode(text);
  return fail(ErrorCode::kBadInput,
              {.where = where,
               .subject = "text",
               .expected = "a model folder with vocab.json and merges.txt, or "
                           "tokenizer.json",
               .found = "none of them",
               .hint = "save its tokenizer into the folder too; excise sweep, "
                       "median and generate take token ids with --ids"});
}

Result<int> word_token(const Model& model, std::string_view word,
                       LongWord long_word, std::string_view where,
                       std::string_view hint) {
  EXCISE_CHECK(encode_text(model, "", where));  // refuses without a tokenizer
  const std::vector<int> ids = EXCISE_TRY(model.tokenizer->encode_word(word));
  if (ids.size() == 1 || (long_word == LongWord::kFirstToken && !ids.empty())) {
    return ids.front();
  }
  std::string pieces;
  for (const int id : ids) {
    pieces += (pieces.empty() ? "" : ", ") + quoted_token(model, id);
  }
  std::string advice(hint);
  const std::string with_blank = " " + std::string(word);
  if (!word.empty() &&
      EXCISE_TRY(model.tokenizer->encode_word(with_blank)).size() == 1) {
    advice =
        fmt::format("\"{}\", with a blank in front, is one token", with_blank);
  }
  return fail(ErrorCode::kBadInput,
              {.where = where,
               .subject = fmt::format("\"{}\"", word),
               .expected = "one token of this model",
               .found = ids.empty() ? "none"
                                    : fmt::format("{}: {}", ids.size(), pieces),
               .hint = advice});
}

std::string quoted_token(const Model& model, int id) {
  return model.tokenizer ? "\"" + model.tokenizer->piece(id) + "\""
                         : fmt::format("token {}", id);
}

std::string token_piece(const Model& model, int id) {
  return model.tokenizer ? model.tokenizer->piece(id) : "";
}

}  // namespace excise
