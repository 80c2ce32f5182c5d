// What one forward pass shows to those who only read: the value at every hook,
// also where no edit can be, such as attention patterns.
#ifndef EXCISE_MODEL_READINGS_H_
#define EXCISE_MODEL_READINGS_H_

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "math/ops/norm.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"
#include "model/architecture/hooks.h"

namespace excise {

// Called with the value at a site behind all edits there, to keep. Its shape is
// hook_shape() with all axes but the last in one: [n_heads * tokens, tokens] of
// a pattern.
struct Reader {
  std::string name;  // as find_readable() takes it
  std::function<Status(const HookSite& site, Matrix<float> value)> function;
};

// Scores and patterns grow with the square of the text. More of them in one
// pass than this are refused before any is made.
constexpr size_t kMostPatternBytes = size_t{4} << 30;

// The readers of one pass, resolved to sites. Steps of a block give no Status,
// so what a reader returns is kept: status() has the first error.
class Readings {
 public:
  // Borrows the readers. Errors: those of find_readable; out_of_memory where
  // scores and patterns take more than `most_pattern_bytes`.
  static Result<Readings> resolve(
      std::span<const Reader> readers, const ModelConfig& config, size_t tokens,
      size_t most_pattern_bytes = kMostPatternBytes);

  const Status& status() const { return status_; }

  bool wants(HookPoint point, size_t layer) const;
  // A value as it stands, [tokens, any width].
  void show(HookPoint point, size_t layer, MatrixView<const float> value);
  // The two hooks of a norm of x, [tokens, width].
  void show_norm(NormHooks hooks, size_t layer, MatrixView<const float> x,
                 const NormParameters& parameters);
  // ln_final.hook_scale of the last states, [tokens, d_model].
  void show_final_scale(MatrixView<const float> x,
                        const NormParameters& parameters);
  // Queries, keys and values as projected, and the first two once they have
  // turned. qkv: [tokens, width of kQkv].
  void show_projected(size_t layer, MatrixView<const float> qkv);
  void show_rotated(size_t layer, MatrixView<const float> qkv);
  // Scores and pattern.
  void show_attention(size_t layer, MatrixView<const float> qkv);

 private:
  Readings(std::span<const Reader> readers, const ModelConfig& config)
      : readers_(readers), config_(config) {}
  // Hands make() to each reader of the site, if there is any.
  template <typename Make>
  void hand(HookPoint point, size_t layer, const Make& make);

  std::span<const Reader> readers_;
  const ModelConfig& config_;
  std::vector<std::vector<HookSite>> sites_;  // of each reader
  Status status_;
};

}  // namespace excise

#endif  // EXCISE_MODEL_READINGS_H_
