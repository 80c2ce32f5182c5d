#include "model/tensor_table.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "core/matrix.h"
#include "model/architecture/family.h"

namespace excise {
namespace {

constexpr std::array<std::string_view, 4> kWrappers = {
    "module.", "_orig_mod.", "_module.", "base_model.model."};

// "module.transformer." -> "transformer."; none where the rest is neither the
// family's nor empty.
std::optional<std::string_view> without_wrappers(std::string_view prefix,
                                                 std::string_view of_family) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view wrapper : kWrappers) {
      if (!prefix.starts_with(wrapper)) continue;
      prefix.remove_prefix(wrapper.size());
      found = true;
    }
  }
  if (!prefix.empty() && prefix != of_family) return std::nullopt;
  return prefix;
}

// How many outputs of a slot each of its modules gives.
std::vector<size_t> module_outputs(const ModelConfig& config, Slot slot,
                                   size_t outputs) {
  const SlotModules& modules = config.tensors()[slot];
  if (modules.names.size() == 1) return {outputs * modules.parts};
  const size_t kv = config.n_kv_heads * config.d_head;  // queries, keys, values
  return {config.n_heads * config.d_head, kv, kv};
}

TensorRole role_of(Slot slot, const SlotShape& shape) {
  if (shape.inputs == 1) return TensorRole::kNormWeight;
  return slot == Slot::kO || slot == Slot::kOut ? TensorRole::kOntoStream
                                                : TensorRole::kMatrix;
}

void add_slot(const ModelConfig& config, size_t l, Slot slot,
              std::vector<TensorSpec>& table) {
  const auto shape = slot_shape(config, slot);
  const SlotModules& modules = config.tensors()[slot];
  // Of slots that share a module, the one with its first part names it.
  if (!shape || modules.part > 0) return;
  const std::vector<size_t> outputs =
      module_outputs(config, slot, shape->outputs);
  const TensorRole role = role_of(slot, *shape);
  for (size_t i = 0; i < modules.names.size(); ++i) {
    const std::string name = module_name(config, l, modules.names[i]);
    std::vector<size_t> extents = {outputs[i]};
    if (role != TensorRole::kNormWeight) {
      const bool rows_are_outputs =
          config.tensors().linear == LinearLayout::kOutIn;
      extents.insert(rows_are_outputs ? extents.end() : extents.begin(),
                     shape->inputs);
    }
    table.push_back({name + ".weight", std::move(extents), role});
    if (shape->has_bias)
      table.push_back({name + ".bias", {outputs[i]}, TensorRole::kBias});
  }
}

// Queries of all heads, their keys, their values, from a tensor that has all
// three of one head after the other.
std::vector<TensorPart> parts_by_head(const ModelConfig& config,
                                      const std::string& name) {
  std::vector<TensorPart> parts;
  for (size_t which = 0; which < 3; ++which) {
    for (size_t h = 0; h < config.n_heads; ++h)
      parts.push_back({name, (3 * h + which) * config.d_head, config.d_head});
  }
  return parts;
}

// "embed_out.weight" of a GPT-NeoX; of most, empty.
std::string old_head_name(const ModelConfig& config) {
  const std::string_view old = config.tensors().old_head;
  return old.empty() ? std::string() : std::string(old) + ".weight";
}

std::optional<std::string> single_name(const std::vector<TensorPart>& parts) {
  if (parts.size() != 1 || parts.front().count > 0) return std::nullopt;
  return parts.front().name;
}

}  // namespace

std::string module_name(const ModelConfig& config, size_t l,
                        std::string_view module) {
  return std::string(config.tensors().block) + "." + std::to_string(l) + "." +
         std::string(module);
}

SlotParts slot_parts(const ModelConfig& config, size_t l, Slot slot) {
  const auto shape = slot_shape(config, slot);
  if (!shape) return {};
  const TensorNames& names = config.tensors();
  const SlotModules& modules = names[slot];
  const auto parts_of = [&](size_t module, std::string_view what) {
    const std::string name =
        module_name(config, l, modules.names[module]) + "." + std::string(what);
    if (slot == Slot::kQkv && names.qkv == QkvLayout::kByHead)
      return parts_by_head(config, name);
    if (modules.parts == 1) {
      // Queries and keys turn, values do not.
      const bool in_pairs =
          slot == Slot::kQkv && module < 2 && config.stores_pairs();
      return std::vector<TensorPart>{
          {name, 0, 0, in_pairs ? config.d_head : 0}};
    }
    return std::vector<TensorPart>{
        {name, modules.part * shape->outputs, shape->outputs}};
  };
  SlotParts parts;
  for (size_t module = 0; module < modules.names.size(); ++module) {
    std::ranges::move(parts_of(module, "weight"),
                      std::back_inserter(parts.weight));
    if (!shape->has_bias) continue;
    std::ranges::move(parts_of(module, "bias"), std::back_inserter(parts.bias));
  }
  return parts;
}

std::optional<std::string> weight_name(const ModelConfig& config, size_t l,
                                       Slot slot) {
  return single_name(slot_parts(config, l, slot).weight);
}

std::optional<std::string> bias_name(const ModelConfig& config, size_t l,
                                     Slot slot) {
  return single_name(slot_parts(config, l, slot).bias);
}

std::string token_embedding_name(const ModelConfig& config) {
  return std::string(config.tensors().token_embedding) + ".weight";
}

std::string position_embedding_name(const ModelConfig& config) {
  return std::string(config.tensors().position_embedding) + ".weight";
}

std::string final_norm_weight_name(const ModelConfig& config) {
  return std::string(config.tensors().final_norm) + ".weight";
}

std::string final_norm_bias_name(const ModelConfig& config) {
  return std::string(config.tensors().final_norm) + ".bias";
}

std::string head_name(const ModelConfig& config) {
  return std::string(config.tensors().head) + ".weight";
}

std::string head_bias_name(const ModelConfig& config) {
  return std::string(config.tensors().head) + ".bias";
}

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  std::vector<TensorSpec> table = {{token_embedding_name(config),
                                    {config.d_vocab, config.d_model},
                                    TensorRole::kEmbedding}};
  if (config.architecture.learned_positions) {
    table.push_back(
        {position_embedding_name(config),
         {config.architecture.first_position + config.n_ctx, config.d_model},
         TensorRole::kEmbedding});
  }
  for (size_t l = 0; l < config.n_layers; ++l) {
    for (size_t i = 0; i < kSlots; ++i)
      add_slot(config, l, static_cast<Slot>(i), table);
  }
  table.push_back({final_norm_weight_name(config),
                   {config.d_model},
                   TensorRole::kNormWeight});
  if (config.architecture.biases.norm) {
    table.push_back(
        {final_norm_bias_name(config), {config.d_model}, TensorRole::kBias});
  }
  if (!config.tie_word_embeddings) {
    table.push_back({head_name(config),
                     {config.d_vocab, config.d_model},
                     TensorRole::kEmbedding});
  }
  if (config.architecture.biases.head)
    table.push_back(
        {head_bias_name(config), {config.d_vocab}, TensorRole::kBias});
  return table;
}

std::string tensor_prefix(const TensorFile& file, const ModelConfig& config) {
  // By the final norm, which every family has.
  const std::string known = final_norm_weight_name(config);
  for (const StoredTensor& tensor : file.tensors()) {
    std::string_view name = tensor.name;
    if (!name.ends_with(known)) continue;
    name.remove_suffix(known.size());
    if (without_wrappers(name, config.tensors().prefix))
      return std::string(name);
  }
  return {};
}

std::string plain_prefix(std::string_view prefix, const ModelConfig& config) {
  const std::string_view of_family = config.tensors().prefix;
  return std::string(prefix.ends_with(of_family) ? of_family : "");
}

std::string stored_name(std::string_view prefix, std::string_view name,
                        const ModelConfig& config) {
  const std::string_view of_family = config.tensors().prefix;
  const bool of_head = name == head_name(config) ||
                       name == head_bias_name(config) ||
                       name == old_head_name(config);
  if (of_head && prefix.ends_with(of_family))
    prefix.remove_suffix(of_family.size());
  return std::string(prefix) + std::string(name);
}

Result<const StoredTensor*> table_tensor(const TensorFile& file,
                                         std::string_view prefix,
                                         std::string_view name,
                                         const ModelConfig& config) {
  const auto find = [&](const std::string& other) {
    return file.find(stored_name(prefix, other, config));
  };
  const StoredTensor* tensor = find(std::string(name));
  if (tensor == nullptr && config.tie_word_embeddings &&
      name == token_embedding_name(config))
    tensor = find(head_name(config));
  if (tensor == nullptr && name == head_name(config) &&
      !old_head_name(config).empty())
    tensor = find(old_head_name(config));
  if (tensor != nullptr) return tensor;
  return file.get(stored_name(prefix, name, config));
}

}  // namespace excise
