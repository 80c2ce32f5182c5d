// The merging half of byte-pair encoding.
#ifndef EXCISE_MODEL_TOKENIZER_MERGES_H_
#define EXCISE_MODEL_TOKENIZER_MERGES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace excise {

class Merges {
 public:
  struct Merge {
    int rank;  // lower is earlier
    int id;    // of the merged token
  };

  void set_byte(uint8_t byte, int id) { byte_ids_[byte] = id; }
  void add(int left, int right, Merge merge);
  void reserve(size_t count) { merges_.reserve(count); }

  // Appends the tokens of one piece: adjacent tokens are merged, lowest rank
  // first, leftmost first among equals, until no merge applies. Time n log n in
  // the bytes of the piece.
  void apply(std::string_view piece, std::vector<int>& ids) const;

  std::optional<Merge> find(int left, int right) const;

 private:
  std::array<int, 256> byte_ids_{};
  std::unordered_map<uint64_t, Merge> merges_;  // by left << 32 | right
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_MERGES_H_
