#include "experiment/sweep/sweep_edits.h"

#include <string>
#include <utility>

#include "core/threads.h"
#include "experiment/sweep/branch_tags.h"

namespace excise {
namespace {

// The same error, said of a layer: a dead one, say, has nothing to remove.
Status at_layer(size_t layer, Status status) {
  if (status || status.error().code == ErrorCode::kInterrupted) return status;
  Error error = std::move(status).error();
  const size_t subject = error.message.find("] ");
  if (subject != std::string::npos)
    error.message.insert(subject + 2, "layer " + std::to_string(layer) + ", ");
  return tl::unexpected<Error>(std::move(error));
}

Status edit_and_describe(LayerEditor& editor, LayerDescriber& describer,
                         size_t layer, MatrixView<const float> value,
                         std::span<const Branch> branches,
                         std::span<const MatrixView<float>> deltas) {
  if (branches.front().tag == sweep_branch::kOtherText) {
    editor.put_other_text(value, deltas.front());
    // At hook_resid_pre the edits of layer 0 come with it.
    branches = branches.subspan(1);
    deltas = deltas.subspan(1);
    if (branches.empty()) return {};
  }
  const bool is_new = EXCISE_TRY(editor.prepare(layer, value));
  const auto describe = [&] {
    return is_new ? describer.describe_value(layer, value) : Status();
  };
  const auto edit_all = [&]() -> Status {
    for (size_t b = 0; b < branches.size(); ++b) {
      EXCISE_CHECK(editor.edit(layer, value, branches[b], deltas[b]));
      describer.note_edit(layer, value, branches[b], deltas[b]);
    }
    return {};
  };
  EXCISE_CHECK(in_parallel(describe, edit_all));
  if (is_new) EXCISE_CHECK(describer.describe_components(layer));
  for (size_t b = 0; b < branches.size(); ++b) {
    if (branches[b].tag == sweep_branch::kRemoval)
      EXCISE_CHECK(describer.describe_removal(layer, value, deltas[b]));
  }
  return {};
}

Status edit_alone(LayerEditor& editor, size_t layer,
                  MatrixView<const float> value,
                  std::span<const Branch> branches,
                  std::span<const MatrixView<float>> deltas) {
  EXCISE_TRY(editor.prepare(layer, value));
  for (size_t b = 0; b < branches.size(); ++b)
    EXCISE_CHECK(editor.edit(layer, value, branches[b], deltas[b]));
  return {};
}

}  // namespace

Status edit_layer(LayerEditor& editor, size_t layer,
                  MatrixView<const float> value,
                  std::span<const Branch> branches,
                  std::span<const MatrixView<float>> deltas) {
  return at_layer(layer, edit_alone(editor, layer, value, branches, deltas));
}

Status edit_layer(LayerEditor& editor, LayerDescriber& describer, size_t layer,
                  MatrixView<const float> value,
                  std::span<const Branch> branches,
                  std::span<const MatrixView<float>> deltas) {
  return at_layer(layer, edit_and_describe(editor, describer, layer, value,
                                           branches, deltas));
}

}  // namespace excise
