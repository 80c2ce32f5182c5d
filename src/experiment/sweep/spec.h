// What an experiment is, as the user states it: resolve() makes a plan of it,
// and nothing else is filled in. Every field has a default that the help text
// shows.
#ifndef EXCISE_EXPERIMENT_SWEEP_SPEC_H_
#define EXCISE_EXPERIMENT_SWEEP_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "experiment/common/token_selection.h"
#include "experiment/sweep/cells.h"
#include "experiment/sweep/control_plan.h"
#include "experiment/sweep/scan.h"
#include "experiment/sweep/variants.h"
#include "fit/basis_source.h"
#include "intervention/edit_spec.h"
#include "intervention/removal.h"
#include "model/architecture/hooks.h"
#include "run/run_options.h"

namespace excise {

// Of a branch that edits several layers, what is removed at the later ones:
// what the clean run has there, or what the edited run itself has.
enum class Coordinates { kClean, kLive };
std::string_view coordinates_name(Coordinates coordinates);  // "clean", "live"
Result<Coordinates> parse_coordinates(std::string_view name);

struct Spec : RunOptions {
  std::string model;                       // as the user named it
  std::string model_fingerprint;           // of it; empty: any will do
  std::string tokenizer_fingerprint;       // the same
  std::string text;                        // UTF-8; empty when ids are given
  std::vector<std::string> further_texts;  // beside `text`, each for itself
  std::vector<std::string> text_names;     // their files, for errors; or fewer
  std::vector<int> ids;  // token ids; empty when text is given
  // The means of a svd that is fitted here, see removal_of(). A name of
  // removal_preset() or "custom", and what stands above it.
  std::optional<std::string> preset, centre, restore;
  std::string basis = "svd";
  BasisSource source;                // what the basis is fitted on
  std::vector<size_t> remove = {0};  // K, components counted from 0
  std::optional<Scan> scan;          // further removals; `remove` is its step 0
  // Of an edit file: how much of the removal is done, or instead the mean codes
  // of a class of the fit added.
  EditAction action = EditAction::kRemove;
  double strength = 1;
  size_t from_class = 0;
  HookPoint hook = HookPoint::kMlpPre;  // where, as in kEditHooks
  std::optional<size_t> hook_layer;     // that its name has; see take_layer()
  TokenSelection tokens;                // which tokens are edited
  std::string layers = "all";           // "all", "0-11", "3,5"
  std::optional<size_t>
      detail_layer;           // default: the middle one of the swept layers
  Cells cells = Cells::kAll;  // of the 2 x 2
  std::vector<ControlRequest> controls;  // none by default
  std::vector<VariantSet> variants;      // none by default
  std::string swap;  // a text whose codes take the place of this one's
  // Sets of layers, such as "0-3;8,9", each edited in one more branch.
  std::string together;
  Coordinates coordinates = Coordinates::kClean;  // of those branches
  bool evidence = false;        // all that with_evidence() asks for
  bool parts = false;           // tell where effects arise
  bool dormant_share = false;   // which takes a Gram matrix of W_out a layer
  size_t permutations = 10000;  // sign-flip draws
};

// What an experiment of this spec is called: its preset, or the basis where
// that is not the svd of a text.
std::string spec_name(const Spec& spec);

// What an error calls text i, 0 being `text`: "text 3", and its file if known.
std::string text_name(const Spec& spec, size_t i);

// The means that preset ("published" when not given), centre and restore name.
// Only a svd that is fitted here has them: others, and basis files, refuse
// them, and have no means and the name "". Error: bad_input.
Result<NamedRemoval> removal_of(const Spec& spec);

// A hook that is named with its layer is swept at that layer. Error: bad_input
// where other layers are asked for.
Status take_layer(Spec& spec);

// Refuses what no model could do: text and ids together, an unknown basis or
// preset, K empty or with repeats, absurd counts. Error: bad_input. What
// depends on the model (layers, components, length of the text) is checked by
// resolve().
Status check_spec(const Spec& spec);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_SPEC_H_
