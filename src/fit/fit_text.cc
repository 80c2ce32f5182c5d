#include "fit/fit_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include "io/fingerprint.h"
#include "model/activation_pass.h"
#include "model/tokenizer/token_pattern.h"

namespace excise {

tl::unexpected<Error> refuse_fit(std::string subject, std::string expected,
                                 std::string found, std::string hint) {
  return fail(ErrorCode::kBadInput, {.where = "fit",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

namespace {

// Attention over a whole context of 131,072 tokens takes hours, and few texts
// are as long.
constexpr size_t kUsualWindow = 2048;

// Of every so many windows of a text the last is held out.
constexpr size_t kHeldOutOf = 5;

Status check(const FitTextSpec& spec, const Model& model) {
  if (!model.tokenizer) {
    return refuse_fit("text",
                      "a model folder with vocab.json and merges.txt, or "
                      "tokenizer.json",
                      "none of them");
  }
  if (spec.texts.empty()) return refuse_fit("text", "a text to fit on", "none");
  if (spec.window > model.config.n_ctx) {
    return refuse_fit("window",
                      "at most " + std::to_string(model.config.n_ctx) +
                          " tokens, the context of this model",
                      std::to_string(spec.window));
  }
  if (spec.text_is_class && !spec.class_tokens.empty())
    return refuse_fit("classes", "class files or class tokens", "both");
  const auto& names = spec.text_is_class ? spec.texts : spec.class_tokens;
  if (spec.text_is_class && names.size() < 2)
    return refuse_fit("class files", "two or more", "one");
  for (size_t i = 0; i < names.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (names[i] == names[j]) {
        return refuse_fit("classes", "classes that differ",
                          "class " + std::to_string(j) + " and class " +
                              std::to_string(i) + " are the same");
      }
    }
  }
  return {};
}

void append(const std::vector<int>& window, std::span<const int> classes,
            FitWindows& to) {
  to.ids.push_back(window);
  to.classes.insert(to.classes.end(), classes.begin(), classes.end());
  to.n_tokens += window.size();
}

}  // namespace

Result<std::vector<int>> classes_by_pattern(
    const Tokenizer& tokenizer, std::span<const int> ids,
    const std::vector<std::string>& patterns) {
  // With one pattern the rest is the other class.
  std::vector<int> classes(ids.size(), patterns.size() == 1 ? 1 : -1);
  std::vector<bool> taken(ids.size());
  for (size_t c = 0; c < patterns.size(); ++c) {
    const auto matches =
        EXCISE_TRY(tokens_that_match(tokenizer, ids, patterns[c]));
    for (size_t t = 0; t < ids.size(); ++t) {
      if (!matches[t]) continue;
      if (taken[t]) {
        return refuse_fit("class tokens", "each token in one class at most",
                          "\"" + tokenizer.piece(ids[t]) + "\" in class " +
                              std::to_string(classes[t]) + " and class " +
                              std::to_string(c));
      }
      taken[t] = true;
      classes[t] = static_cast<int>(c);
    }
  }
  const size_t n_classes = std::max<size_t>(patterns.size(), 2);
  for (size_t c = 0; c < n_classes; ++c) {
    if (std::ranges::count(classes, static_cast<int>(c)) > 0) continue;
    return refuse_fit("class " + std::to_string(c),
                      c < patterns.size()
                          ? "tokens that match \"" + patterns[c] + "\""
                          : "tokens that do not match \"" + patterns[0] + "\"",
                      "none in this text",
                      "excise tokenize shows the texts of tokens");
  }
  return classes;
}

std::string text_fingerprint(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) {
    Fingerprint fingerprint;
    fingerprint.add(text);
    all += (all.empty() ? "" : ",") + fingerprint.hex();
  }
  return all;
}

Result<FitText> prepare_fit_text(const Model& model, const FitTextSpec& spec) {
  EXCISE_CHECK(check(spec, model));
  const size_t length = spec.window == 0
                            ? std::min(model.config.n_ctx, kUsualWindow)
                            : spec.window;
  std::vector<std::vector<int>> texts;  // ids of each
  std::vector<int> all, classes;        // of all tokens; classes or empty
  for (const std::string& text : spec.texts) {
    texts.push_back(EXCISE_TRY(model.tokenizer->encode(text)));
    const std::vector<int>& ids = texts.back();
    all.insert(all.end(), ids.begin(), ids.end());
    if (spec.text_is_class)
      classes.resize(all.size(), static_cast<int>(texts.size()) - 1);
  }
  if (!spec.class_tokens.empty()) {
    classes = EXCISE_TRY(
        classes_by_pattern(*model.tokenizer, all, spec.class_tokens));
  }
  FitText text;
  size_t first = 0;    // token of a window
  size_t windows = 0;  // so far; of each class, where texts are classes
  for (const std::vector<int>& ids : texts) {
    if (spec.text_is_class) windows = 0;
    const size_t fifth = std::max<size_t>(ids.size() / kHeldOutOf, 1);
    for (const std::vector<int>& window : cut_into_windows(
             ids, spec.must_hold_out ? std::min(length, fifth) : length)) {
      const bool held_out = spec.hold_out && ++windows % kHeldOutOf == 0;
      const auto part = classes.empty() ? std::span<const int>()
                                        : std::span<const int>(classes).subspan(
                                              first, window.size());
      append(window, part, held_out ? text.held_out : text.fit);
      first += window.size();
    }
  }
  if (spec.text_is_class) text.n_classes = spec.texts.size();
  if (!spec.class_tokens.empty())
    text.n_classes = std::max<size_t>(spec.class_tokens.size(), 2);
  text.fingerprint = text_fingerprint(spec.texts);
  if (spec.must_hold_out && text.held_out.n_tokens < 2) {
    return refuse_fit(
        "text", "at least 10 tokens, to hold out some of them",
        std::to_string(text.fit.n_tokens + text.held_out.n_tokens));
  }
  if (text.fit.n_tokens == 0)
    return refuse_fit("text", "at least one token", "none");
  return text;
}

}  // namespace excise
