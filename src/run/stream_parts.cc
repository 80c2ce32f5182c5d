#include "run/stream_parts.h"

#include <algorithm>

namespace excise {
namespace {

size_t differences_of(const ModelConfig& config, const Branch& branch) {
  switch (branch.parts) {
    case EffectParts::kNone:
      return 0;
    case EffectParts::kDirect:
      return 1;
    case EffectParts::kAll:
      break;
  }
  return 1 + 2 * config.n_layers - first_part_behind(branch);
}

}  // namespace

size_t part_of(const BlockStep& add, size_t layer) {
  const bool is_mlp = add.slot == Slot::kOut || add.slot == Slot::kNormMlpOut;
  return is_mlp ? mlp_part(layer) : attn_part(layer);
}

size_t first_part_behind(const Branch& branch) {
  switch (branch.hook) {
    case HookPoint::kResidPre:
      return attn_part(branch.layer);
    case HookPoint::kZ:
    case HookPoint::kAttnOut:
    case HookPoint::kResidMid:
      return mlp_part(branch.layer);
    default:
      return attn_part(branch.layer + 1);
  }
}

StreamParts::StreamParts(const ModelConfig& config, size_t tokens,
                         std::span<const Branch> branches)
    : tokens_(tokens), branches_(branches) {
  for (const Branch& branch : branches) {
    differences_.push_back(Matrix<float>::uninitialized(
        differences_of(config, branch) * tokens, config.d_model));
  }
}

size_t StreamParts::bytes(const ModelConfig& config, size_t tokens,
                          const Branch& branch) {
  return differences_of(config, branch) * tokens * config.d_model *
         sizeof(float);
}

void StreamParts::note_input(size_t b, size_t layer,
                             MatrixView<const float> difference) {
  const Branch& branch = branches_[b];
  if (branch.hook == HookPoint::kResidPre && branch.layer == layer)
    note(b, 0, difference);
}

void StreamParts::note_part(size_t b, size_t part,
                            MatrixView<const float> difference) {
  const size_t first = first_part_behind(branches_[b]);
  if (part + 1 >= first) note(b, part + 1 - first, difference);
}

void StreamParts::note(size_t b, size_t i, MatrixView<const float> difference) {
  if (i >= count(b)) return;
  std::copy_n(difference.data(), difference.rows() * difference.cols(),
              differences_[b].row(i * tokens_).data());
}

size_t StreamParts::count(size_t b) const {
  return differences_[b].rows() / tokens_;
}

MatrixView<const float> StreamParts::difference(size_t b, size_t i) const {
  return differences_[b].view().row_range(i * tokens_, tokens_);
}

}  // namespace excise
