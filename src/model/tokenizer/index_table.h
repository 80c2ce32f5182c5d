// A flat hash table from keys, which the caller keeps in a list, to their place
// in that list.
#ifndef EXCISE_MODEL_TOKENIZER_INDEX_TABLE_H_
#define EXCISE_MODEL_TOKENIZER_INDEX_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace excise {

class IndexTable {
 public:
  static constexpr int kNone = -1;

  // Room for `count` keys; put() makes more where needed.
  explicit IndexTable(size_t count = 0)
      : slots_(std::bit_ceil(2 * count + kSmallest)) {}

  // The index put for a key: the one with its hash for which same(index) holds.
  template <typename Same>
  int find(uint32_t hash, Same same) const {
    return slots_[place(hash, same)].index;
  }

  // index >= 0; takes the place of an earlier index of the same key.
  template <typename Same>
  void put(uint32_t hash, int index, Same same) {
    Slot& slot = slots_[place(hash, same)];
    if (slot.index == kNone) ++used_;
    slot = {hash, index};
    if (2 * used_ > slots_.size()) grow();
  }

 private:
  static constexpr size_t kSmallest = 16;
  struct Slot {
    uint32_t hash = 0;
    int index = kNone;
  };

  // The key's slot, or the empty one where it belongs. At least half of the
  // slots are empty.
  template <typename Same>
  size_t place(uint32_t hash, Same same) const {
    const size_t mask = slots_.size() - 1;
    size_t i = hash & mask;
    while (slots_[i].index != kNone &&
           !(slots_[i].hash == hash && same(slots_[i].index))) {
      i = (i + 1) & mask;
    }
    return i;
  }

  void grow() {
    std::vector<Slot> larger(2 * slots_.size());
    larger.swap(slots_);
    for (const Slot& slot : larger) {
      if (slot.index == kNone) continue;
      slots_[place(slot.hash, [](int) { return false; })] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two of them
  size_t used_ = 0;
};

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_INDEX_TABLE_H_
