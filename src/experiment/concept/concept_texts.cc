#include "experiment/concept/concept_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "experiment/common/words.h"
#include "experiment/concept/marked_text.h"
#include "fit/fit_text.h"
#include "io/utf8.h"

namespace excise {
namespace {

Result<std::vector<int>> encode_within(const Model& model,
                                       const std::string& text,
                                       std::string_view what, size_t fewest) {
  auto ids = EXCISE_TRY(encode_text(model, text, "concept"));
  if (ids.size() >= fewest && ids.size() <= model.config.n_ctx) return ids;
  return fail(
      ErrorCode::kBadInput,
      {.where = "concept",
       .subject = fmt::format("{} \"{}\"", what, beginning(text, 40)),
       .expected = fmt::format("{} to {} tokens, the context of this model",
                               fewest, model.config.n_ctx),
       .found = fmt::format("{}", ids.size())});
}

Result<std::vector<int>> encode_words(const Model& model,
                                      const std::vector<std::string>& words) {
  std::vector<int> ids;
  for (const std::string& word : words) {
    ids.push_back(
        EXCISE_TRY(word_token(model, word, LongWord::kRefuse, "concept",
                              "leave it out or name one of its tokens")));
  }
  return ids;
}

// Two sets of texts.
Result<std::vector<ConceptText>> encode_sets(const Model& model,
                                             const ConceptSet& set) {
  std::vector<ConceptText> texts;
  for (const int label : {0, 1}) {
    const auto& from = label == 0 ? set.with : set.without;
    for (size_t i = 0; i < from.size(); ++i) {
      ConceptText& text = texts.emplace_back();
      text.ids = EXCISE_TRY(encode_within(model, from[i], "text", 2));
      text.classes.assign(text.ids.size(), label);
      text.use = text_use(i);
      text.pair = i;
      text.judges_off = label == 0;
      text.judges_on = label == 1;
    }
  }
  return texts;
}

// Texts with labelled tokens.
Result<std::vector<ConceptText>> encode_labelled(const Model& model,
                                                 const ConceptSet& set) {
  std::vector<ConceptText> texts;
  std::vector<int> all;  // of all texts, for the patterns
  for (size_t i = 0; i < set.texts.size(); ++i) {
    const MarkedText marked = EXCISE_TRY(parse_marked_text(set.texts[i]));
    ConceptText& text = texts.emplace_back();
    text.ids = EXCISE_TRY(encode_within(model, marked.plain, "text", 2));
    text.use = text_use(i);
    text.pair = i;
    for (const bool in_span :
         EXCISE_TRY(tokens_in_spans(model, marked, text.ids))) {
      text.classes.push_back(in_span ? 0 : 1);
    }
    all.insert(all.end(), text.ids.begin(), text.ids.end());
  }
  if (set.class_tokens.empty()) return texts;
  const auto classes =
      EXCISE_TRY(classes_by_pattern(*model.tokenizer, all, set.class_tokens));
  auto next = classes.begin();
  for (ConceptText& text : texts) {
    std::copy_n(next, text.classes.size(), text.classes.begin());
    next += static_cast<ptrdiff_t>(text.classes.size());
  }
  return texts;
}

// Each class has tokens to fit on, and to test a probe with.
Status check_classes(const std::vector<ConceptText>& texts) {
  for (const bool fit : {true, false}) {
    std::array<size_t, 2> counts{};
    for (const ConceptText& text : texts) {
      if ((text.use == TextUse::kFit) != fit) continue;
      for (const size_t label : {0, 1}) {
        counts[label] += static_cast<size_t>(
            std::ranges::count(text.classes, static_cast<int>(label)));
      }
    }
    for (const size_t label : {0, 1}) {
      if (counts[label] >= 2) continue;
      return fail(
          ErrorCode::kBadInput,
          {.where = "concept",
           .subject = label == 0 ? "tokens with the concept"
                                 : "tokens without the concept",
           .expected = fmt::format("at least 2 in the texts that are {}",
                                   fit ? "fitted on" : "kept for tests"),
           .found = fmt::format("{}", counts[label]),
           .hint = "the first token of a text does not count; of four texts "
                   "two are fitted on"});
    }
  }
  return {};
}

}  // namespace

std::vector<TextUse> split_control_text(std::span<const std::string> pieces) {
  std::vector<TextUse> use(pieces.size(), TextUse::kFit);
  size_t choosing = 0, reporting = 0;
  TextUse now = TextUse::kChoose;
  for (size_t t = 1; t < pieces.size(); ++t) {
    use[t] = now;
    ++(now == TextUse::kChoose ? choosing : reporting);
    if (pieces[t].find_first_of(".!?") == std::string::npos) continue;
    now = choosing <= reporting ? TextUse::kChoose : TextUse::kReport;
  }
  if (3 * std::min(choosing, reporting) >= choosing + reporting) return use;
  for (size_t t = 1; t < pieces.size(); ++t) {
    use[t] = 2 * t <= pieces.size() ? TextUse::kChoose : TextUse::kReport;
  }
  return use;
}

Result<EncodedConcept> encode_concept(const Model& model,
                                      const ConceptSet& set) {
  EncodedConcept encoded;
  encoded.texts = EXCISE_TRY(set.labels_tokens() ? encode_labelled(model, set)
                                                 : encode_sets(model, set));
  for (ConceptText& text : encoded.texts) text.classes.front() = -1;
  EXCISE_CHECK(check_classes(encoded.texts));
  encoded.words = EXCISE_TRY(encode_words(model, set.words));
  encoded.control_words = EXCISE_TRY(encode_words(model, set.control_words));
  encoded.control_text =
      EXCISE_TRY(encode_within(model, set.control_text, "control text", 3));
  std::vector<std::string> pieces;
  for (const int id : encoded.control_text) {
    pieces.push_back(model.tokenizer->piece(id));
  }
  encoded.control_use = split_control_text(pieces);
  for (const std::string& prompt : set.prompts) {
    encoded.prompts.push_back(
        EXCISE_TRY(encode_within(model, prompt, "prompt", 1)));
  }
  return encoded;
}

}  // namespace excise
