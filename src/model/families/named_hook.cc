#include "model/families/named_hook.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "model/families/families.h"

namespace excise {
namespace {

bool has(const TensorNames& names, Slot slot) {
  return !names[slot].names.empty();
}

bool is_module_of(const TensorNames& names, Slot slot,
                  std::string_view module) {
  return std::ranges::count(names[slot].names, module) > 0;
}

// What a family has under a name, whatever its config says.
struct Found {
  bool is_module = false;            // of a slot with a hook
  std::optional<HookPoint> at = {};  // that its output is seen at
};

Found find_module(const TensorNames& names, std::string_view module) {
  if (module.empty()) return {true, HookPoint::kResidPost};
  if (module == names.activation) return {true, HookPoint::kMlpPost};
  const bool gated = has(names, Slot::kGate);
  struct Case {
    Slot slot;
    HookPoint point;
    bool is_seen;
  };
  for (const auto& [slot, point, is_seen] :
       {Case{Slot::kIn, gated ? HookPoint::kMlpPreLinear : HookPoint::kMlpPre,
             true},
        Case{Slot::kGate, HookPoint::kMlpPre, true},
        Case{Slot::kO, HookPoint::kAttnOut, !has(names, Slot::kNormAttnOut)},
        Case{Slot::kOut, HookPoint::kMlpOut, !has(names, Slot::kNormMlpOut)},
        Case{Slot::kNormAttnOut, HookPoint::kAttnOut, true},
        Case{Slot::kNormMlpOut, HookPoint::kMlpOut, true}}) {
    if (!is_module_of(names, slot, module)) continue;
    if (is_seen && names[slot].parts == 1) return {true, point};
    return {true};
  }
  return {};
}

// "3.mlp.c_fc" or "*.mlp.c_fc", cut at its first dot.
struct InBlock {
  std::optional<size_t> layer;  // nothing for *
  std::string_view module;
};

std::optional<InBlock> in_block(std::string_view name,
                                const TensorNames& names) {
  if (name.starts_with(names.prefix)) name.remove_prefix(names.prefix.size());
  const std::string blocks = std::string(names.block) + ".";
  if (!name.starts_with(blocks)) return std::nullopt;
  name.remove_prefix(blocks.size());
  const size_t dot = std::min(name.find('.'), name.size());
  const std::string_view layer = name.substr(0, dot);
  InBlock found{{}, name.substr(std::min(dot + 1, name.size()))};
  if (layer == "*") return found;
  size_t number = 0;
  const char* end = layer.data() + layer.size();
  const auto [rest, error] = std::from_chars(layer.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  found.layer = number;
  return found;
}

}  // namespace

std::optional<NamedHook> named_hook(std::string_view name) {
  if (const auto own = parse_hook_name(name)) return own;
  std::optional<NamedHook> result;
  for (const Family* family : all_families()) {
    const auto place = in_block(name, family->tensors);
    if (!place) continue;
    const Found found = find_module(family->tensors, place->module);
    if (!found.is_module) continue;
    if (!found.at || (result && result->point != *found.at))
      return std::nullopt;
    result = NamedHook{*found.at, place->layer};
  }
  return result;
}

}  // namespace excise
