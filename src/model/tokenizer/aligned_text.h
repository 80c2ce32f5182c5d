// A text that was changed step by step, and where its bytes come from.
#ifndef EXCISE_MODEL_TOKENIZER_ALIGNED_TEXT_H_
#define EXCISE_MODEL_TOKENIZER_ALIGNED_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

// Bytes [begin, end) of a text of less than 2 GiB.
struct ByteRange {
  uint32_t begin = 0;
  uint32_t end = 0;
};

class AlignedText {
 public:
  AlignedText() = default;
  // The bytes of `text`, which begin at `offset` of the original.
  AlignedText(std::string_view text, size_t offset) : text_(text) {
    sources_.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
      const auto at = static_cast<uint32_t>(offset + i);
      sources_.push_back({at, at + 1});
    }
  }

  const std::string& text() const { return text_; }

  // Where the bytes [begin, end) come from; for none, where they stand.
  ByteRange source(size_t begin, size_t end) const {
    if (sources_.empty()) return {};
    if (begin >= end) {
      const bool last = begin >= sources_.size();
      const uint32_t at = last ? sources_.back().end : sources_[begin].begin;
      return {at, at};
    }
    ByteRange range = sources_[begin];
    for (size_t i = begin + 1; i < end; ++i) {
      range.begin = std::min(range.begin, sources_[i].begin);
      range.end = std::max(range.end, sources_[i].end);
    }
    return range;
  }

  void append(std::string_view bytes, ByteRange source) {
    text_ += bytes;
    sources_.insert(sources_.end(), bytes.size(), source);
  }
  // Bytes [begin, end) of another text as they are.
  void append(const AlignedText& other, size_t begin, size_t end) {
    text_.append(other.text_, begin, end - begin);
    sources_.insert(sources_.end(),
                    other.sources_.begin() + static_cast<std::ptrdiff_t>(begin),
                    other.sources_.begin() + static_cast<std::ptrdiff_t>(end));
  }

 private:
  std::string text_;
  std::vector<ByteRange> sources_;  // of each byte
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_ALIGNED_TEXT_H_
