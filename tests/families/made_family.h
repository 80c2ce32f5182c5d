// A family that exists in tests only: every option of an architecture by a key
// of its config.json, and its forward pass in double as one would write it from
// the definitions, without anything of excise.
#ifndef EXCISE_TESTS_FAMILIES_MADE_FAMILY_H_
#define EXCISE_TESTS_FAMILIES_MADE_FAMILY_H_

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/families/families.h"

namespace excise {

// Queries, keys and values in tensors of their own, or of one head after the
// other in one tensor. Both lie as Linear does.
extern const Family kMade, kMadeByHead;
Families made_families();

struct MadeOptions {
  bool by_head = false;
  bool rms = true, gated = true, biases = false, learned = false;
  int norm_place = 1;  // 1: before, 2: after, 3: both
  int residual = 1;    // 1: sequential, 2: parallel, 3: parallel with one norm
  int qk_norm = 1;     // 1: none, 2: by head, 3: whole
  size_t n_kv_heads = 2, d_head = 6;
  size_t pairs = 3;  // that turn; 0: no rotary positions
  bool adjacent = false;
  size_t window = 0;  // of odd layers
  double cap = 0;
};
constexpr size_t kMadeLayers = 2, kMadeWidth = 20, kMadeHeads = 4;
constexpr size_t kMadeMlp = 36, kMadeVocabulary = 50, kMadeContext = 64;

using MadeRow = std::vector<double>;
using MadeRows = std::vector<MadeRow>;

// What is known at a hook of a layer, and may be changed.
using MadeHook =
    std::function<void(const std::string& hook, size_t layer, MadeRows& value)>;

class MadeModel {
 public:
  // Draws its weights.
  explicit MadeModel(const MadeOptions& options);
  void write(const std::filesystem::path& folder) const;
  // [tokens, vocabulary].
  MadeRows logits(std::span<const int> ids, const MadeHook& hook) const;

 private:
  struct Tensor {
    std::vector<size_t> shape;
    std::vector<float> values;
  };
  void draw(const std::string& name, std::vector<size_t> shape, double mean,
            double deviation);
  void draw_linear(const std::string& name, size_t outputs, size_t inputs);
  void draw_norm(const std::string& name, size_t width);
  MadeRows linear(const std::string& name, const MadeRows& x) const;
  MadeRow norm(const std::string& name, const MadeRow& x) const;
  MadeRows norm(const std::string& name, const MadeRows& x) const;
  MadeRows attention(size_t layer, const std::string& block, const MadeRows& x,
                     const MadeHook& hook) const;
  MadeRows mlp(size_t layer, const std::string& block, const MadeRows& x,
               const MadeHook& hook) const;
  void turn(MadeRow& head, size_t position) const;

  MadeOptions options_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace excise

#endif  // EXCISE_TESTS_FAMILIES_MADE_FAMILY_H_
