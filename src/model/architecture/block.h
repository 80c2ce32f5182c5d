// The block of a model as data: its steps in order, each with the weights that
// it takes, what it reads and gives, and the hook where that is seen. Whatever
// runs a block reads these steps.
#ifndef EXCISE_MODEL_ARCHITECTURE_BLOCK_H_
#define EXCISE_MODEL_ARCHITECTURE_BLOCK_H_

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "model/architecture/config.h"
#include "model/architecture/hooks.h"

namespace excise {

// Weights of a block, a matrix or the scales of a norm, and their biases.
enum class Slot {
  kNorm1,
  kQkv,  // the columns of all queries, of all keys, of all values
  kQNorm,
  kKNorm,
  kO,
  kNormAttnOut,
  kNorm2,
  kIn,
  kGate,
  kOut,
  kNormMlpOut,
};
constexpr size_t kSlots = 11;

// What one step hands to others.
enum class Value {
  kStream,      // [tokens, d_model], the residual stream
  kNormalized,  // [tokens, d_model]
  kMlpIn,  // [tokens, d_model], where the MLP has a norm of the same stream
  kQkv,    // [tokens, (n_heads + 2 n_kv_heads) d_head]
  kZ,      // [tokens, n_heads d_head], what the heads read, side by side
  kUp,     // [tokens, d_mlp], what the gate multiplies
  kPre,    // [tokens, d_mlp], before the activation
  kPost,   // [tokens, d_mlp], behind it
  kOut,    // [tokens, d_model], what is added to the stream
};
constexpr size_t kValues = 9;

enum class StepKind {
  kNorm,       // out = norm(in) with the weights of the slot
  kProject,    // out = in W + b
  kNormHeads,  // the norm of the slot, of in's queries or keys in place
  kRotate,     // queries and keys of in turn in place by their position
  kAttend,     // out = softmax(scores of q and k) v for each head of in
  kActivate,   // out = activation(in)
  kGate,       // out = activation(in) * with
  kScale,      // out *= the scale of the residual, in place
  kAdd,        // out += in
};

// Whether a change of what goes in and a change of what comes out are not by
// the same matrix.
constexpr bool is_nonlinear(StepKind kind) {
  return kind != StepKind::kProject && kind != StepKind::kRotate &&
         kind != StepKind::kScale && kind != StepKind::kAdd;
}

// Whether what it makes of finite numbers is always finite.
constexpr bool keeps_finite(StepKind kind) {
  return kind == StepKind::kActivate || kind == StepKind::kRotate;
}

struct BlockStep {
  StepKind kind;
  Slot slot;  // of a step without weights: that made what it takes
  Value in, out;
  std::optional<HookPoint> hook = {};  // where `out` is seen behind the step
  std::optional<Value> with = {};      // of kGate

  bool reads(Value value) const {
    return in == value || with == value ||
           (kind == StepKind::kAdd && out == value);
  }
};

// In the order in which a block takes them; kResidPre is seen before the first.
std::vector<BlockStep> block_steps(const ModelConfig& config);

size_t value_width(const ModelConfig& config, Value value);

// Whether the blocks have this hook; the stream before the first always is one.
bool has_hook(const ModelConfig& config, HookPoint point);

// Columns of the value at a hook that can be edited.
size_t hook_width(const ModelConfig& config, HookPoint point);

// What a step shows beside its hook, in this order, of the hooks that are only
// read.
std::vector<HookPoint> shown_by(const ModelConfig& config,
                                const BlockStep& step);

// The hooks of a norm of a block: what it divides by, and what comes of that.
struct NormHooks {
  HookPoint scale, normalized;
};
NormHooks norm_hooks(const ModelConfig& config, Slot slot);

// The shape of the value at any hook, as TransformerLens has it for one text:
// heads have an axis of their own.
std::vector<size_t> hook_shape(const ModelConfig& config, HookPoint point,
                               size_t tokens);

// Columns of queries or keys among those of kQkv: which the norm of the slot is
// of.
struct HeadColumns {
  size_t first, count;
};
HeadColumns normed_heads(const ModelConfig& config, Slot slot);

// The weights that a slot has in the blocks of a model: a matrix [inputs,
// outputs], or the scales of a norm, of one input; and whether a bias belongs
// to it.
struct SlotShape {
  size_t inputs, outputs;
  bool has_bias;
};
// Nothing for a slot that no step takes.
std::optional<SlotShape> slot_shape(const ModelConfig& config, Slot slot);

// Elements of the matrices of one block, biases and norms aside.
size_t matrix_elements(const ModelConfig& config);

// Views of the memory of each value; values that are never needed together may
// share theirs.
class BlockValues {
 public:
  MatrixView<float>& operator[](Value value) {
    return views_[static_cast<size_t>(value)];
  }
  MatrixView<float> operator[](Value value) const {
    return views_[static_cast<size_t>(value)];
  }

 private:
  std::array<MatrixView<float>, kValues> views_;
};

// to += change, of one shape.
void add_to(MatrixView<const float> change, MatrixView<float> to);
// values *= scale.
void scale_by(float scale, MatrixView<float> values);

// Runs the steps of one block in their order; how each kind is done is up to
// `ops`:
//   void norm(Slot, in, out), norm_heads(Slot, qkv), rotate(qkv)
//   void attend(in, out), activate(in, out), gate(in, with, out), scale(out)
//   Status project(Slot, in, out)
//   Status check(const BlockStep&, out)   that all of it are numbers
//   Status hook(HookPoint, value)         after the check
template <typename Ops>
Status run_block(std::span<const BlockStep> steps, const BlockValues& values,
                 Ops& ops) {
  EXCISE_CHECK(ops.hook(HookPoint::kResidPre, values[Value::kStream]));
  for (const BlockStep& step : steps) {
    const MatrixView<const float> in = values[step.in];
    const MatrixView<float> out = values[step.out];
    switch (step.kind) {
      case StepKind::kNorm:
        ops.norm(step.slot, in, out);
        break;
      case StepKind::kProject:
        EXCISE_CHECK(ops.project(step.slot, in, out));
        break;
      case StepKind::kNormHeads:
        ops.norm_heads(step.slot, out);
        break;
      case StepKind::kRotate:
        ops.rotate(out);
        break;
      case StepKind::kAttend:
        ops.attend(in, out);
        break;
      case StepKind::kActivate:
        ops.activate(in, out);
        break;
      case StepKind::kGate:
        ops.gate(in, values[*step.with], out);
        break;
      case StepKind::kScale:
        ops.scale(out);
        break;
      case StepKind::kAdd:
        add_to(in, out);
        break;
    }
    if (!keeps_finite(step.kind)) EXCISE_CHECK(ops.check(step, out));
    if (step.hook) EXCISE_CHECK(ops.hook(*step.hook, out));
  }
  return {};
}

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_BLOCK_H_
