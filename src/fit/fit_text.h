// The text that a basis is fitted on: tokens in windows, classes of tokens, and
// which part is held out.
#ifndef EXCISE_FIT_FIT_TEXT_H_
#define EXCISE_FIT_FIT_TEXT_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "model/model.h"

namespace excise {

// Error bad_input of a fit.
tl::unexpected<Error> refuse_fit(std::string subject, std::string expected,
                                 std::string found, std::string hint = {});

// Texts, each for itself, or one for each class.
struct FitTextSpec {
  std::vector<std::string> texts;
  bool text_is_class = false;  // texts[c] is class c
  // Regular expressions on token text: tokens that match the first are class 0,
  // and so on; with one, all other tokens are class 1. Not with text_is_class.
  std::vector<std::string> class_tokens;
  size_t window = 0;  // tokens; 0: the context of the model, 2048 at
                      // most
  // Every fifth window of all texts, or of each class, is held out, where there
  // are so many; with must_hold_out windows of a short text are shorter, so
  // that there are.
  bool hold_out = true;
  bool must_hold_out = false;
};

struct FitWindows {
  std::vector<std::vector<int>> ids;  // windows
  std::vector<int> classes;           // [tokens] or empty
  size_t n_tokens = 0;
};

struct FitText {
  FitWindows fit;
  FitWindows held_out;  // empty where nothing could be held out
  size_t n_classes = 0;
  std::string fingerprint;  // of the texts
};

// Errors: bad_input for no text, a window the model cannot read, a token in two
// classes, a class without tokens, two classes that are the same.
Result<FitText> prepare_fit_text(const Model& model, const FitTextSpec& spec);

// What results and basis files call the texts by: a fingerprint each, between
// commas.
std::string text_fingerprint(const std::vector<std::string>& texts);

// Class of each token by patterns as above, -1 for none. Errors: those of
// tokens_that_match(), bad_input for a token that is in two classes or a
// pattern that no token matches.
Result<std::vector<int>> classes_by_pattern(
    const Tokenizer& tokenizer, std::span<const int> ids,
    const std::vector<std::string>& patterns);

}  // namespace excise

#endif  // EXCISE_FIT_FIT_TEXT_H_
