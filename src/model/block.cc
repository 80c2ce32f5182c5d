#include "model/block.h"

#include <algorithm>

namespace excise {
namespace {

constexpr std::array<BlockStep, 10> kGpt2Steps = {{
    {StepKind::kNorm, Slot::kNorm1, Value::kStream, Value::kNormalized},
    {StepKind::kProject, Slot::kQkv, Value::kNormalized, Value::kQkv},
    {StepKind::kAttend, Slot::kQkv, Value::kQkv, Value::kZ, HookPoint::kZ},
    {StepKind::kProject, Slot::kO, Value::kZ, Value::kOut, HookPoint::kAttnOut},
    {StepKind::kAdd, Slot::kO, Value::kOut, Value::kStream,
     HookPoint::kResidMid},
    {StepKind::kNorm, Slot::kNorm2, Value::kStream, Value::kNormalized},
    {StepKind::kProject, Slot::kIn, Value::kNormalized, Value::kPre,
     HookPoint::kMlpPre},
    {StepKind::kActivate, Slot::kIn, Value::kPre, Value::kPost,
     HookPoint::kMlpPost},
    {StepKind::kProject, Slot::kOut, Value::kPost, Value::kOut,
     HookPoint::kMlpOut},
    {StepKind::kAdd, Slot::kOut, Value::kOut, Value::kStream,
     HookPoint::kResidPost},
}};

}  // namespace

std::span<const BlockStep> block_steps(const ModelConfig& /*config*/) {
  return kGpt2Steps;
}

size_t value_width(const ModelConfig& config, Value value) {
  switch (value) {
    case Value::kQkv:
      return 3 * config.d_model;
    case Value::kPre:
    case Value::kPost:
      return config.d_mlp;
    case Value::kStream:
    case Value::kNormalized:
    case Value::kZ:
    case Value::kOut:
      break;
  }
  return config.d_model;
}

size_t hook_width(const ModelConfig& config, HookPoint point) {
  const auto steps = block_steps(config);
  const auto step = std::ranges::find(steps, point, &BlockStep::hook);
  return step == steps.end() ? config.d_model : value_width(config, step->out);
}

void add_to(MatrixView<const float> change, MatrixView<float> to) {
  for (size_t i = 0; i < to.rows(); ++i) {
    float* row = to.row(i).data();
    const float* other = change.row(i).data();
    for (size_t j = 0; j < to.cols(); ++j) row[j] += other[j];
  }
}

}  // namespace excise
