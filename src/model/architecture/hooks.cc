#include "model/architecture/hooks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "core/did_you_mean.h"
#include "model/architecture/block.h"
#include "model/architecture/family.h"

namespace excise {
namespace {

// Of each hook point; {} stands for the layer.
constexpr std::array<std::string_view, kHookPoints> kNames = {
    "blocks.{}.hook_resid_pre",
    "blocks.{}.attn.hook_z",
    "blocks.{}.hook_attn_out",
    "blocks.{}.hook_resid_mid",
    "blocks.{}.mlp.hook_pre_linear",
    "blocks.{}.mlp.hook_pre",
    "blocks.{}.mlp.hook_post",
    "blocks.{}.hook_mlp_out",
    "blocks.{}.hook_resid_post",
    "ln_final.hook_normalized",
    "hook_embed",
    "hook_pos_embed",
    "blocks.{}.ln1.hook_scale",
    "blocks.{}.ln1.hook_normalized",
    "blocks.{}.ln1_post.hook_scale",
    "blocks.{}.ln1_post.hook_normalized",
    "blocks.{}.ln2.hook_scale",
    "blocks.{}.ln2.hook_normalized",
    "blocks.{}.ln2_post.hook_scale",
    "blocks.{}.ln2_post.hook_normalized",
    "blocks.{}.attn.hook_q",
    "blocks.{}.attn.hook_k",
    "blocks.{}.attn.hook_v",
    "blocks.{}.attn.hook_rot_q",
    "blocks.{}.attn.hook_rot_k",
    "blocks.{}.attn.hook_attn_scores",
    "blocks.{}.attn.hook_pattern",
    "ln_final.hook_scale",
};

constexpr std::string_view kLayer = "{}";

std::string_view pattern_of(HookPoint point) {
  return kNames[static_cast<size_t>(point)];
}

// Whether its name has a layer.
bool is_of_block(HookPoint point) {
  return pattern_of(point).find(kLayer) != std::string_view::npos;
}

std::string with_layer(HookPoint point, std::string_view layer) {
  std::string name(pattern_of(point));
  if (is_of_block(point)) name.replace(name.find(kLayer), kLayer.size(), layer);
  return name;
}

// "mlp" of "mlp.c_proj"; nothing of a module that stands in the block itself.
std::string_view parent_of(std::string_view module) {
  const size_t dot = module.rfind('.');
  return dot == std::string_view::npos ? "" : module.substr(0, dot);
}

// The module that makes queries, keys or values, where each has one.
std::vector<std::string> module_of_heads(const TensorNames& names,
                                         HookPoint point) {
  const SlotModules& modules = names[Slot::kQkv];
  constexpr size_t kParts = 3;
  if (modules.names.size() != kParts) return {};
  const auto part =
      static_cast<size_t>(point) - static_cast<size_t>(HookPoint::kQ);
  return {std::string(modules.names[part])};
}

// The modules of Transformers whose outputs are what is seen at a hook, within
// a block; the best known first.
std::vector<std::string> modules_at(const ModelConfig& config,
                                    HookPoint point) {
  const TensorNames& names = config.family->tensors;
  if (point == HookPoint::kQ || point == HookPoint::kK ||
      point == HookPoint::kV)
    return module_of_heads(names, point);
  const auto steps = block_steps(config);
  const auto step = std::ranges::find(steps, point, &BlockStep::hook);
  if (step == steps.end()) return {};
  if (step->kind == StepKind::kActivate && !names.activation.empty())
    return {std::string(names.activation)};
  if (step->kind != StepKind::kProject && step->kind != StepKind::kNorm)
    return {};
  const SlotModules& modules = names[step->slot];
  if (modules.names.size() != 1 || modules.parts != 1) return {};
  const std::string_view module = modules.names.front();
  std::vector<std::string> found;
  const bool writes = step->slot == Slot::kO || step->slot == Slot::kOut;
  if (writes && !parent_of(module).empty())
    found.emplace_back(parent_of(module));
  found.emplace_back(module);
  return found;
}

// Names of modules with this layer (a number or *), in full.
std::vector<std::string> module_names(const ModelConfig& config,
                                      const HookSite& site,
                                      std::string_view layer) {
  const TensorNames& names = config.family->tensors;
  const std::string prefix(names.prefix);
  switch (site.point) {
    case HookPoint::kFinalNormalized:
      return {prefix + std::string(names.final_norm)};
    case HookPoint::kEmbed:
      // Whether the module multiplies is not the same in all of them.
      if (config.architecture.embedding_scale != 1) return {};
      return {prefix + std::string(names.token_embedding)};
    case HookPoint::kPosEmbed:
      return {prefix + std::string(names.position_embedding)};
    default:
      break;
  }
  const std::string block =
      prefix + std::string(names.block) + "." + std::string(layer);
  if (site.point == HookPoint::kResidPost) return {block};
  std::vector<std::string> found;
  for (const std::string& module : modules_at(config, site.point))
    found.push_back(block + "." + module);
  return found;
}

// Whether one of them is `name`, with what all names of the family begin with
// or without.
bool any_is(const std::vector<std::string>& modules, std::string_view name,
            const ModelConfig& config) {
  const size_t prefix = config.family->tensors.prefix.size();
  return std::ranges::any_of(modules, [&](const std::string& module) {
    return name == module || name == std::string_view(module).substr(prefix);
  });
}

std::vector<HookSite> sites_called(std::string_view name,
                                   std::span<const HookSite> sites,
                                   const ModelConfig& config) {
  std::vector<HookSite> found;
  if (const auto named = parse_hook_name(name)) {
    for (const HookSite& site : sites) {
      const bool here = !named->layer || site.layer == *named->layer;
      if (site.point == named->point && here) found.push_back(site);
    }
    return found;
  }
  const std::string end = "." + std::string(name);
  for (const HookSite& site : sites) {
    if (hook_name(site).ends_with(end) ||
        any_is(module_names(site, config), name, config) ||
        (is_of_block(site.point) &&
         any_is(module_names(config, site, "*"), name, config)))
      found.push_back(site);
  }
  return found;
}

// "blocks.*.hook_resid_pre, ...", each of them once.
std::string names_of(std::span<const HookSite> sites) {
  std::string names;
  for (const HookSite& site : sites) {
    if (is_of_block(site.point) && site.layer > 0) continue;
    names += (names.empty() ? "" : ", ") + with_layer(site.point, "*");
  }
  return names;
}

tl::unexpected<Error> no_hook(std::string_view name,
                              std::span<const HookSite> sites,
                              const ModelConfig& config) {
  std::vector<std::string> known;
  for (const HookSite& site : sites) {
    known.push_back(hook_name(site));
    if (site.layer == 0)  // the end alone names it at every layer
      known.push_back(known.back().substr(known.back().rfind('.') + 1));
    const std::vector<std::string> modules = module_names(site, config);
    if (!modules.empty()) known.push_back(modules.front());
  }
  std::string hint = did_you_mean(name, known);
  hint += std::string(hint.empty() ? "" : " ") +
          "excise inspect lists the hooks of a model";
  const auto named = parse_hook_name(name);
  const bool lacking =
      named && (!named->layer || *named->layer < config.n_layers);
  return fail(
      ErrorCode::kBadInput,
      {.where = "hooks",
       .subject = "hook " + std::string(name),
       .expected = "a hook of this model, layers 0 to " +
                   std::to_string(config.n_layers - 1),
       .found = lacking ? "one that " + std::string(config.family->name) +
                              " does not have here"
                        : "a name that matches none",
       .hint = hint});
}

}  // namespace

std::vector<std::string> module_names(const HookSite& site,
                                      const ModelConfig& config) {
  return module_names(config, site, std::to_string(site.layer));
}

std::string hook_name(const HookSite& site) {
  return with_layer(site.point, std::to_string(site.layer));
}

std::optional<NamedHook> parse_hook_name(std::string_view name) {
  for (size_t i = 0; i < kHookPoints; ++i) {
    const auto point = static_cast<HookPoint>(i);
    if (!is_of_block(point)) {
      if (name == kNames[i]) return NamedHook{point};
      continue;
    }
    const size_t at = kNames[i].find(kLayer);
    const std::string_view before = kNames[i].substr(0, at);
    const std::string_view behind = kNames[i].substr(at + kLayer.size());
    if (name.size() <= before.size() + behind.size() ||
        !name.starts_with(before) || !name.ends_with(behind))
      continue;
    const std::string_view layer =
        name.substr(before.size(), name.size() - before.size() - behind.size());
    if (layer == "*") return NamedHook{point};
    size_t number = 0;
    const char* end = layer.data() + layer.size();
    const auto [rest, error] = std::from_chars(layer.data(), end, number);
    // As hook_name() writes it: not "07".
    if (error == std::errc() && rest == end && layer == std::to_string(number))
      return NamedHook{point, number};
  }
  return std::nullopt;
}

std::optional<std::string> same_activation(std::string_view hook) {
  const auto named = parse_hook_name(hook);
  if (!named || !named->layer) return std::nullopt;
  if (named->point == HookPoint::kResidPre && *named->layer > 0)
    return hook_name({HookPoint::kResidPost, *named->layer - 1});
  if (named->point == HookPoint::kResidPost)
    return hook_name({HookPoint::kResidPre, *named->layer + 1});
  return std::nullopt;
}

std::vector<HookSite> readable_sites(const ModelConfig& config) {
  const auto steps = block_steps(config);
  std::vector<HookSite> sites = {{HookPoint::kEmbed, 0}};
  if (config.architecture.learned_positions)
    sites.push_back({HookPoint::kPosEmbed, 0});
  for (size_t l = 0; l < config.n_layers; ++l) {
    sites.push_back({HookPoint::kResidPre, l});
    for (const BlockStep& step : steps) {
      for (const HookPoint point : shown_by(config, step))
        sites.push_back({point, l});
      if (step.hook) sites.push_back({*step.hook, l});
    }
  }
  sites.push_back({HookPoint::kFinalScale, config.n_layers});
  sites.push_back({HookPoint::kFinalNormalized, config.n_layers});
  return sites;
}

std::vector<HookSite> hook_sites(const ModelConfig& config) {
  std::vector<HookSite> sites = readable_sites(config);
  std::erase_if(sites,
                [](const HookSite& site) { return is_only_read(site.point); });
  return sites;
}

Result<std::vector<HookSite>> find_readable(std::string_view name,
                                            const ModelConfig& config) {
  const std::vector<HookSite> sites = readable_sites(config);
  std::vector<HookSite> found = sites_called(name, sites, config);
  if (found.empty()) return no_hook(name, sites, config);
  return found;
}

Result<std::vector<HookSite>> find_hooks(std::string_view name,
                                         const ModelConfig& config) {
  const std::vector<HookSite> sites = hook_sites(config);
  std::vector<HookSite> found = sites_called(name, sites, config);
  if (!found.empty()) return found;
  if (sites_called(name, readable_sites(config), config).empty())
    return no_hook(name, sites, config);
  return fail(ErrorCode::kBadInput,
              {.where = "hooks",
               .subject = "hook " + std::string(name),
               .expected = "one that can be edited: " + names_of(sites),
               .found = "one that is only read",
               .hint = "run_with_cache of the Python package reads it"});
}

}  // namespace excise
