// The 2 x 2 of a removal: something is taken out, and a mean exchanged; each
// alone, and both (docs/method.md, section 2).
#ifndef EXCISE_EXPERIMENT_SWEEP_CELLS_H_
#define EXCISE_EXPERIMENT_SWEEP_CELLS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/error.h"
#include "core/matrix.h"
#include "intervention/decomposition.h"

namespace excise {

// The cells beside the clean run. kPreset: A', components removed and the mean
// exchanged. kRemoved: components removed, the mean as it is. kEmpty: nothing
// removed, the mean exchanged.
enum class Cell { kPreset, kRemoved, kEmpty };
std::string_view cell_name(Cell cell);  // "preset", "removed", "empty"
MeanExchange mean_exchange_of(Cell cell);

// Which cells a sweep computes. Where the mean is not exchanged the preset is
// all there is.
enum class Cells { kAll, kPreset };
std::string_view cells_name(Cells cells);  // "all", "preset"
// Error bad_input with the names.
Result<Cells> parse_cells(std::string_view name);

// How far each cell moves the activations of a layer, and which way. A cosine
// is that of two changes, each as one long vector over tokens and neurons;
// absent where one of them is 0.
struct CellChanges {
  double preset = 0;  // ||A' - A|| / ||A||
  double removed = 0;
  double empty = 0;
  std::optional<double> cos_empty_removed;
  std::optional<double> cos_empty_preset;
  std::optional<double> cos_removed_preset;
  // Length of the projection of the restored mean's direction, a unit vector
  // over neurons, on the span of the removed atoms: 1 where the removed
  // components have the whole mean in them. Of one component |cos|. Absent
  // where no mean is restored.
  std::optional<double> restored_mean_in_removed;
};

// a: [tokens, neurons]; removed: what the removal subtracts from it, atoms
// orthonormal (only the svd exchanges a mean, and its atoms are); edited:
// [tokens], 0 where a token is left alone, or empty; strength: of the edit.
CellChanges cell_changes(const Decomposition& decomposition,
                         MatrixView<const float> a, const Removed& removed,
                         std::span<const uint8_t> edited, double strength);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CELLS_H_
