#include "experiment/corpus/batch_record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace excise {
namespace {

constexpr SumsLayout kLayout(1, 2, {.tokens = true});

// As it lies in a mapped file: from a multiple of 8 on.
class Content {
 public:
  explicit Content(const std::string& bytes)
      : words_(bytes.size() / sizeof(double) + 1), size_(bytes.size()) {
    std::memcpy(words_.data(), bytes.data(), size_);
  }
  std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(words_)).first(size_);
  }
  double& number(size_t i) { return words_[i]; }

 private:
  std::vector<double> words_;
  size_t size_;
};

// Two windows: of two tokens, and one that could not be measured.
std::string written() {
  BatchRecord record(2, kLayout);
  record.row(0)[SumsLayout::kTokens] = 2;
  record.keep_tokens(0, {{1, 0.5, 0.25, 2, -1, 0.125}, {" a", "\xFF"}});
  record.leave_out(1, "too short");
  return record.bytes();
}

TEST(BatchRecordTest, ReadsTheTokensThatItWrote) {
  const Content content(written());
  const auto record = BatchRecord::read(content.bytes(), 2, kLayout);
  ASSERT_TRUE(record);
  const TokenRows& tokens = record->tokens(0);
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(tokens.position(1), 2U);
  EXPECT_EQ(tokens.effect(1, 0), -1);
  EXPECT_EQ(tokens.kl(1, 0), 0.125);
  EXPECT_EQ(tokens.piece(0), " a");
  EXPECT_EQ(tokens.piece(1), "\xEF\xBF\xBD");  // no UTF-8: U+FFFD
  EXPECT_EQ(record->tokens(1).size(), 0U);
  EXPECT_EQ(record->bytes(), written());
}

TEST(BatchRecordTest, RefusesNumbersThatNoRunWrites) {
  const size_t first_token = 2 * kLayout.width();
  for (const auto& [place, number] : {std::pair{SumsLayout::kTokens, 3.0},
                                      {SumsLayout::kTokens, 1e300},
                                      {SumsLayout::kTokens, 1.5},
                                      {SumsLayout::kTokens, std::nan("")},
                                      {first_token, -1.0},
                                      {first_token, std::nan("")}}) {
    Content content(written());
    content.number(place) = number;
    EXPECT_FALSE(BatchRecord::read(content.bytes(), 2, kLayout)) << number;
  }
  const std::string whole = written();
  for (size_t size = 0; size < whole.size(); ++size) {
    const Content cut(whole.substr(0, size));
    EXPECT_FALSE(BatchRecord::read(cut.bytes(), 2, kLayout)) << size;
  }
}

}  // namespace
}  // namespace excise
