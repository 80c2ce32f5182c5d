// A family of models: how its config.json is read, and how its tensors are
// called. One file of model/families each.
#ifndef EXCISE_MODEL_ARCHITECTURE_FAMILY_H_
#define EXCISE_MODEL_ARCHITECTURE_FAMILY_H_

#include <array>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "model/architecture/block.h"
#include "model/architecture/config.h"

namespace excise {

class ConfigReader;
class GgufKeys;

// Two names of one key of config.json.
struct KeyAlias {
  std::string_view own, alias;
};

// The modules of a block whose ".weight" and ".bias" make up a slot, their
// outputs one behind the other.
struct SlotModules {
  std::vector<std::string_view> names;
  // Of one module, which of how many equal parts of its outputs.
  size_t part = 0, parts = 1;
};

// What a tensor of a block holds that older files have and nothing needs.
struct OldBuffer {
  enum class Kind { kCausalMask, kMaskedScore, kFrequencies };
  std::string_view name;  // within a block
  Kind kind;
};

// How linear layers lie in the file: [inputs, outputs] as GPT-2's Conv1D, or
// [outputs, inputs] as Linear.
enum class LinearLayout { kInOut, kOutIn };

// Of a slot kQkv of one module: all queries, all keys, all values, or these
// three of one head after the other.
enum class QkvLayout { kBlocks, kByHead };

struct TensorNames {
  std::string_view prefix;  // before all but the head: "transformer."
  std::string_view token_embedding, position_embedding, block, final_norm, head;
  std::array<SlotModules, kSlots> slots = {};
  std::string_view old_head = {};    // what older files call the head
  std::string_view activation = {};  // the module within a block, if it has one
  LinearLayout linear = LinearLayout::kOutIn;
  QkvLayout qkv = QkvLayout::kBlocks;
  std::vector<OldBuffer> old_buffers = {};
  // Beginnings of tensors of other heads, which the language model does not
  // use.
  std::vector<std::string_view> other_heads = {};
  // Tensors that the architecture was read from.
  std::vector<std::string_view> of_architecture = {};

  const SlotModules& operator[](Slot slot) const {
    return slots[static_cast<size_t>(slot)];
  }
};

// What GGUF files say of a family.
struct GgufFamily {
  std::string_view architecture;  // general.architecture; empty: none
  // Adds its keys, under the names of config.json. Errors: those of GgufKeys.
  Status (*add_keys)(const GgufKeys& keys, nlohmann::json& config) = nullptr;
  // Whether rows of queries and keys that turn together lie side by side.
  bool stores_pairs = false;
};

struct Family {
  std::string_view name;        // as people call it: "GPT-2"
  std::string_view model_type;  // in config.json
  std::span<const KeyAlias> aliases;
  // Keys that Transformers reads there and that change no number here.
  std::span<const std::string_view> harmless_keys;
  // The keys that count. Errors: those of ConfigReader.
  Result<ModelConfig> (*read)(const ConfigReader& read);
  TensorNames tensors;
  GgufFamily gguf = {};
};

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_FAMILY_H_
