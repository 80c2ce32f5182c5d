#include "run/edit_place.h"

#include <algorithm>

#include "model/architecture/block.h"
#include "model/architecture/family.h"
#include "model/families/named_hook.h"
#include "run/executor.h"

namespace excise {

std::string edit_place_name(HookPoint point, std::string_view layer) {
  std::string name = hook_name({point, 0});
  return name.replace(name.find('0'), 1, layer);
}

std::string edit_places(std::string_view name) {
  constexpr std::string_view kBlocks = "blocks.";
  std::string layer;
  if (name.starts_with(kBlocks)) {
    const std::string_view behind = name.substr(kBlocks.size());
    layer = behind.substr(0, behind.find('.'));
  }
  std::string known;
  for (const HookPoint point : kEditHooks) {
    const std::string full = edit_place_name(point, layer);
    known += (known.empty() ? "one of " : ", ") +
             (layer.empty() ? full.substr(full.rfind('.') + 1) : full);
  }
  return known;
}

Result<NamedHook> parse_edit_place(std::string_view name) {
  for (const HookPoint point : kEditHooks) {
    const std::string full = edit_place_name(point);
    const std::string in_block = full.substr(full.find("*.") + 2);
    const std::string last = full.substr(full.rfind('.') + 1);
    if (name == full || name == in_block || name == last)
      return NamedHook{point};
  }
  if (const auto named = named_hook(name);
      named &&
      std::ranges::find(kEditHooks, named->point) != kEditHooks.end()) {
    return *named;
  }
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = "the place of the edit",
                                     .expected = edit_places(name),
                                     .found = "\"" + std::string(name) + "\""});
}

Result<std::string> layers_of_place(const NamedHook& place,
                                    const std::string& layers) {
  if (!place.layer) return layers;
  std::string layer = std::to_string(*place.layer);
  if (layers == "all" || layers == layer) return layer;
  return fail(ErrorCode::kBadInput,
              {.where = "spec",
               .subject = "layers",
               .expected = layer + ", that of the hook",
               .found = layers,
               .hint = "a hook with * takes other layers"});
}

Status check_edit_place(const ModelConfig& config, HookPoint point) {
  if (has_hook(config, point)) return {};
  std::string known;
  for (const HookPoint place : kEditHooks) {
    if (has_hook(config, place))
      known += (known.empty() ? "one of " : ", ") + edit_place_name(place);
  }
  return fail(
      ErrorCode::kBadInput,
      {.where = "model",
       .subject = "the place of the edit",
       .expected = known,
       .found = edit_place_name(point) + ", which the blocks of " +
                std::string(config.family->name) + " do not have here"});
}

std::string_view edit_place_words(HookPoint point) {
  switch (point) {
    case HookPoint::kResidPre:
      return "the residual stream before the block";
    case HookPoint::kZ:
      return "what the attention heads read";
    case HookPoint::kAttnOut:
      return "what attention adds to the residual stream";
    case HookPoint::kMlpPreLinear:
      return "what the MLP's gate multiplies";
    case HookPoint::kMlpPre:
      return "the MLP pre-activation";
    case HookPoint::kMlpPost:
      return "the MLP activation";
    case HookPoint::kMlpOut:
      return "what the MLP adds to the residual stream";
    case HookPoint::kResidMid:
      return "the residual stream before the MLP";
    case HookPoint::kResidPost:
      return "the residual stream after the block";
    default:
      return "an activation";
  }
}

}  // namespace excise
