// What tests of a summary's words share.
#ifndef EXCISE_TESTING_MADE_WORDS_H_
#define EXCISE_TESTING_MADE_WORDS_H_

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "experiment/sweep/summary_text.h"
#include "testing/made_result.h"

namespace excise {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline Summary summary_of(const SweepResult& result) {
  auto summary = summarize(result, Progress());
  EXPECT_TRUE(summary) << summary.error().message;
  return std::move(summary).value();
}

inline std::string passage(const SweepResult& result, const Summary& summary,
                           const std::string& topic) {
  std::string text;
  for (const Passage& one : summary_passages(result, summary)) {
    if (one.topic != topic) continue;
    text += (text.empty() ? "" : " ") + one.text;
  }
  return text;
}

inline std::string passage(const SweepResult& result,
                           const std::string& topic) {
  return passage(result, summary_of(result), topic);
}

// The number that follows `words`; -1 where they are not there.
inline double number_after(const std::string& text, const std::string& words) {
  const size_t at = text.find(words);
  return at == std::string::npos ? -1
                                 : std::stod(text.substr(at + words.size()));
}

inline SweepResult identity(size_t tokens, const std::vector<double>& means) {
  SweepResult result = made_result(tokens, means, {});
  result.removal = {Mean::kNeuron, Mean::kNeuron};
  return result;
}

// The result with further texts of as many tokens as the first (of one token:
// 100), each with this mean effect at every layer.
inline SweepResult with_texts(SweepResult result,
                              const std::vector<double>& means) {
  const size_t tokens = result.ids.size() > 1 ? result.ids.size() : 100;
  for (size_t i = 0; i < means.size(); ++i) {
    TextFindings& text = result.further_texts.emplace_back();
    for (size_t t = 0; t < tokens; ++t) text.ids.push_back(static_cast<int>(t));
    for (size_t t = 1; t < tokens; ++t) text.tested.push_back(t);
    for (size_t layer = 0; layer < result.layers.size(); ++layer) {
      text.delta_logprob.push_back(
          made_effect(tokens, 2, means[i], 300 + 10 * i + layer).delta_logprob);
    }
  }
  return result;
}

}  // namespace excise

#endif  // EXCISE_TESTING_MADE_WORDS_H_
