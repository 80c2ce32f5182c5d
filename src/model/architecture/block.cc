#include "model/architecture/block.h"

#include <algorithm>

namespace excise {
namespace {

bool is_normed_before(const Architecture& a) {
  return a.norm_place != NormPlace::kAfter;
}
bool is_normed_after(const Architecture& a) {
  return a.norm_place != NormPlace::kBefore;
}

// Lines up the steps of one architecture.
class BlockBuilder {
 public:
  explicit BlockBuilder(const Architecture& architecture)
      : architecture_(architecture) {}

  std::vector<BlockStep> build() && {
    const Value attn_in = norm_of_input(Slot::kNorm1, Value::kNormalized,
                                        is_normed_before(architecture_));
    const bool parallel = architecture_.residual != Residual::kSequential;
    Value mlp_in = attn_in;
    // Before attention is added to the stream that it reads.
    if (architecture_.residual == Residual::kParallel)
      mlp_in = norm_of_input(Slot::kNorm2, Value::kMlpIn, true);
    add_attention(attn_in);
    add_part(Slot::kO, Value::kZ, Slot::kNormAttnOut, HookPoint::kAttnOut,
             parallel ? std::nullopt : std::optional(HookPoint::kResidMid));
    if (!parallel)
      mlp_in = norm_of_input(Slot::kNorm2, Value::kNormalized,
                             is_normed_before(architecture_));
    add_mlp(mlp_in);
    add_part(Slot::kOut, Value::kPost, Slot::kNormMlpOut, HookPoint::kMlpOut,
             HookPoint::kResidPost);
    return std::move(steps_);
  }

 private:
  Value norm_of_input(Slot slot, Value out, bool is_there) {
    if (!is_there) return Value::kStream;
    steps_.push_back({StepKind::kNorm, slot, Value::kStream, out});
    return out;
  }

  void add_attention(Value in) {
    steps_.push_back({StepKind::kProject, Slot::kQkv, in, Value::kQkv});
    if (architecture_.qk_norm != QkNorm::kNone) {
      for (const Slot slot : {Slot::kQNorm, Slot::kKNorm})
        steps_.push_back(
            {StepKind::kNormHeads, slot, Value::kQkv, Value::kQkv});
    }
    if (!architecture_.rotaries.empty())
      steps_.push_back(
          {StepKind::kRotate, Slot::kQkv, Value::kQkv, Value::kQkv});
    steps_.push_back(
        {StepKind::kAttend, Slot::kQkv, Value::kQkv, Value::kZ, HookPoint::kZ});
  }

  void add_mlp(Value in) {
    if (architecture_.mlp == MlpKind::kPlain) {
      steps_.push_back(
          {StepKind::kProject, Slot::kIn, in, Value::kPre, HookPoint::kMlpPre});
      steps_.push_back({StepKind::kActivate, Slot::kIn, Value::kPre,
                        Value::kPost, HookPoint::kMlpPost});
      return;
    }
    steps_.push_back({StepKind::kProject, Slot::kIn, in, Value::kUp,
                      HookPoint::kMlpPreLinear});
    steps_.push_back(
        {StepKind::kProject, Slot::kGate, in, Value::kPre, HookPoint::kMlpPre});
    steps_.push_back({StepKind::kGate, Slot::kGate, Value::kPre, Value::kPost,
                      HookPoint::kMlpPost, Value::kUp});
  }

  // The projection onto the stream, its norm and its scale where there are any,
  // and the addition.
  void add_part(Slot projection, Value in, Slot norm, HookPoint written,
                std::optional<HookPoint> behind) {
    const bool normed = is_normed_after(architecture_);
    const Slot last = normed ? norm : projection;
    steps_.push_back({StepKind::kProject, projection, in, Value::kOut});
    if (normed)
      steps_.push_back({StepKind::kNorm, norm, Value::kOut, Value::kOut});
    if (architecture_.residual_scale != 1)
      steps_.push_back({StepKind::kScale, last, Value::kOut, Value::kOut});
    steps_.back().hook = written;
    steps_.push_back(
        {StepKind::kAdd, last, Value::kOut, Value::kStream, behind});
  }

  const Architecture& architecture_;
  std::vector<BlockStep> steps_;
};

}  // namespace

std::vector<BlockStep> block_steps(const ModelConfig& config) {
  return BlockBuilder(config.architecture).build();
}

size_t value_width(const ModelConfig& config, Value value) {
  switch (value) {
    case Value::kQkv:
      return (config.n_heads + 2 * config.n_kv_heads) * config.d_head;
    case Value::kZ:
      return config.n_heads * config.d_head;
    case Value::kUp:
    case Value::kPre:
    case Value::kPost:
      return config.d_mlp;
    case Value::kStream:
    case Value::kNormalized:
    case Value::kMlpIn:
    case Value::kOut:
      break;
  }
  return config.d_model;
}

bool has_hook(const ModelConfig& config, HookPoint point) {
  const auto steps = block_steps(config);
  return point == HookPoint::kResidPre ||
         std::ranges::find(steps, point, &BlockStep::hook) != steps.end();
}

size_t hook_width(const ModelConfig& config, HookPoint point) {
  const auto steps = block_steps(config);
  const auto step = std::ranges::find(steps, point, &BlockStep::hook);
  return step == steps.end() ? config.d_model : value_width(config, step->out);
}

NormHooks norm_hooks(const ModelConfig& config, Slot slot) {
  const bool in_front = is_normed_before(config.architecture);
  switch (slot) {
    case Slot::kNormAttnOut:
      if (in_front)
        return {HookPoint::kLn1PostScale, HookPoint::kLn1PostNormalized};
      break;
    case Slot::kNormMlpOut:
      if (in_front)
        return {HookPoint::kLn2PostScale, HookPoint::kLn2PostNormalized};
      return {HookPoint::kLn2Scale, HookPoint::kLn2Normalized};
    case Slot::kNorm2:
      return {HookPoint::kLn2Scale, HookPoint::kLn2Normalized};
    default:
      break;
  }
  return {HookPoint::kLn1Scale, HookPoint::kLn1Normalized};
}

std::vector<HookPoint> shown_by(const ModelConfig& config,
                                const BlockStep& step) {
  switch (step.kind) {
    case StepKind::kNorm: {
      const NormHooks hooks = norm_hooks(config, step.slot);
      return {hooks.scale, hooks.normalized};
    }
    case StepKind::kProject:
      if (step.slot == Slot::kQkv)
        return {HookPoint::kQ, HookPoint::kK, HookPoint::kV};
      return {};
    case StepKind::kRotate:
      return {HookPoint::kRotQ, HookPoint::kRotK};
    case StepKind::kAttend:
      return {HookPoint::kAttnScores, HookPoint::kPattern};
    default:
      return {};
  }
}

std::vector<size_t> hook_shape(const ModelConfig& config, HookPoint point,
                               size_t tokens) {
  switch (point) {
    case HookPoint::kZ:
    case HookPoint::kQ:
    case HookPoint::kRotQ:
      return {tokens, config.n_heads, config.d_head};
    case HookPoint::kK:
    case HookPoint::kRotK:
    case HookPoint::kV:
      return {tokens, config.n_kv_heads, config.d_head};
    case HookPoint::kAttnScores:
    case HookPoint::kPattern:
      return {config.n_heads, tokens, tokens};
    case HookPoint::kLn1Scale:
    case HookPoint::kLn1PostScale:
    case HookPoint::kLn2Scale:
    case HookPoint::kLn2PostScale:
    case HookPoint::kFinalScale:
      return {tokens, 1};
    default:
      return {tokens, hook_width(config, point)};
  }
}

HeadColumns normed_heads(const ModelConfig& config, Slot slot) {
  const size_t queries = config.n_heads * config.d_head;
  if (slot == Slot::kQNorm) return {0, queries};
  return {queries, config.n_kv_heads * config.d_head};
}

std::optional<SlotShape> slot_shape(const ModelConfig& config, Slot slot) {
  const auto steps = block_steps(config);
  const auto step = std::ranges::find_if(steps, [slot](const BlockStep& s) {
    return s.slot == slot &&
           (s.kind == StepKind::kNorm || s.kind == StepKind::kNormHeads ||
            s.kind == StepKind::kProject);
  });
  if (step == steps.end()) return std::nullopt;
  const Biases& biases = config.architecture.biases;
  if (step->kind == StepKind::kNorm)
    return SlotShape{1, value_width(config, step->out), biases.norm};
  if (step->kind == StepKind::kNormHeads) {
    const bool whole = config.architecture.qk_norm == QkNorm::kWhole;
    return SlotShape{1,
                     whole ? normed_heads(config, slot).count : config.d_head,
                     biases.norm};
  }
  const bool has_bias = slot == Slot::kQkv   ? biases.qkv
                        : slot == Slot::kO   ? biases.attn_out
                        : slot == Slot::kOut ? biases.mlp_out
                                             : biases.mlp_in;
  return SlotShape{value_width(config, step->in),
                   value_width(config, step->out), has_bias};
}

size_t matrix_elements(const ModelConfig& config) {
  size_t elements = 0;
  for (const BlockStep& step : block_steps(config)) {
    if (step.kind == StepKind::kProject)
      elements += value_width(config, step.in) * value_width(config, step.out);
  }
  return elements;
}

void scale_by(float scale, MatrixView<float> values) {
  for (size_t i = 0; i < values.rows(); ++i) {
    for (float& value : values.row(i)) value *= scale;
  }
}

void add_to(MatrixView<const float> change, MatrixView<float> to) {
  for (size_t i = 0; i < to.rows(); ++i) {
    float* row = to.row(i).data();
    const float* other = change.row(i).data();
    for (size_t j = 0; j < to.cols(); ++j) row[j] += other[j];
  }
}

}  // namespace excise
