#include "model/architecture/hooks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "model/architecture/block.h"
#include "model/architecture/family.h"

namespace excise {
namespace {

struct HookNames {
  HookPoint point;
  std::string_view transformer_lens;  // {} stands for the layer
  // The module whose output it is, and one within it that gives the same; empty
  // where there is none.
  std::string_view hugging_face;
  std::string_view same = {};
};

// In the order of a block.
constexpr std::array<HookNames, 9> kBlockHooks = {{
    {HookPoint::kResidPre, "blocks.{}.hook_resid_pre", ""},
    {HookPoint::kZ, "blocks.{}.attn.hook_z", ""},
    {HookPoint::kAttnOut, "blocks.{}.hook_attn_out", "transformer.h.{}.attn",
     "transformer.h.{}.attn.c_proj"},
    {HookPoint::kResidMid, "blocks.{}.hook_resid_mid", ""},
    {HookPoint::kMlpPreLinear, "blocks.{}.mlp.hook_pre_linear", ""},
    {HookPoint::kMlpPre, "blocks.{}.mlp.hook_pre", "transformer.h.{}.mlp.c_fc"},
    {HookPoint::kMlpPost, "blocks.{}.mlp.hook_post",
     "transformer.h.{}.mlp.act"},
    {HookPoint::kMlpOut, "blocks.{}.hook_mlp_out", "transformer.h.{}.mlp",
     "transformer.h.{}.mlp.c_proj"},
    {HookPoint::kResidPost, "blocks.{}.hook_resid_post", "transformer.h.{}"},
}};
constexpr HookNames kFinalHook = {HookPoint::kFinalNormalized,
                                  "ln_final.hook_normalized",
                                  "transformer.ln_f"};

// The TransformerLens name, {} for the layer where it has one.
std::string_view pattern_of(HookPoint point) {
  const auto names = std::ranges::find(kBlockHooks, point, &HookNames::point);
  return names == kBlockHooks.end() ? kFinalHook.transformer_lens
                                    : names->transformer_lens;
}

std::string with_layer(std::string_view pattern, std::string_view layer) {
  std::string name(pattern);
  if (const size_t at = name.find("{}"); at != std::string::npos)
    name.replace(at, 2, layer);
  return name;
}

// Whether one of its spellings, with this layer (a number or *), equals `name`.
// Names of modules count without "transformer." too, as those of a GPT2Model.
bool matches(const HookNames& names, std::string_view name,
             std::string_view layer) {
  if (name == with_layer(names.transformer_lens, layer)) return true;
  constexpr std::string_view kPrefix = "transformer.";
  for (const std::string_view module : {names.hugging_face, names.same}) {
    if (module.empty()) continue;
    const std::string whole = with_layer(module, layer);
    if (name == whole || name == whole.substr(kPrefix.size())) return true;
  }
  return false;
}

// "mlp" of "mlp.c_proj"; nothing of a module that stands in the block itself.
std::string_view parent_of(std::string_view module) {
  const size_t dot = module.rfind('.');
  return dot == std::string_view::npos ? "" : module.substr(0, dot);
}

// The modules of Transformers whose outputs are what is seen at a hook, within
// a block; the best known first.
std::vector<std::string> modules_at(const ModelConfig& config,
                                    HookPoint point) {
  const TensorNames& names = config.family->tensors;
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
  if (site.point == kFinalHook.point)
    return {prefix + std::string(names.final_norm)};
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

tl::unexpected<Error> no_hook(std::string_view name,
                              const std::vector<std::string>& known,
                              size_t n_layers) {
  std::string hint = "excise inspect lists the hooks of a model";
  for (const std::string& near : near_names(name, known))
    hint += ", near: " + near;
  return fail(ErrorCode::kBadInput,
              {.where = "hooks",
               .subject = "hook " + std::string(name),
               .expected = "a hook of this model, layers 0 to " +
                           std::to_string(n_layers - 1),
               .found = "a name that matches none",
               .hint = hint});
}

Result<std::vector<HookSite>> find_among(std::string_view name,
                                         std::span<const HookSite> sites,
                                         size_t n_layers) {
  std::vector<HookSite> found;
  std::vector<std::string> known;
  for (const HookSite& site : sites) {
    const bool final_site = site.point == kFinalHook.point;
    const HookNames& names =
        final_site ? kFinalHook : kBlockHooks[static_cast<size_t>(site.point)];
    const std::string layer = std::to_string(site.layer);
    if (matches(names, name, layer) ||
        (!final_site && matches(names, name, "*"))) {
      found.push_back(site);
    }
    known.push_back(with_layer(names.transformer_lens, layer));
    if (!names.hugging_face.empty())
      known.push_back(with_layer(names.hugging_face, layer));
  }
  if (!found.empty()) return found;
  return no_hook(name, known, n_layers);
}

}  // namespace

std::vector<std::string> module_names(const HookSite& site,
                                      const ModelConfig& config) {
  return module_names(config, site, std::to_string(site.layer));
}

std::string hook_name(const HookSite& site) {
  return with_layer(pattern_of(site.point), std::to_string(site.layer));
}

std::optional<std::string> same_activation(std::string_view hook) {
  constexpr std::string_view kBlocks = "blocks.";
  if (!hook.starts_with(kBlocks)) return std::nullopt;
  hook.remove_prefix(kBlocks.size());
  size_t layer = 0;
  const auto [rest, error] =
      std::from_chars(hook.data(), hook.data() + hook.size(), layer);
  if (error != std::errc()) return std::nullopt;
  const std::string_view point =
      hook.substr(static_cast<size_t>(rest - hook.data()));
  if (point == ".hook_resid_pre" && layer > 0)
    return hook_name({HookPoint::kResidPost, layer - 1});
  if (point == ".hook_resid_post")
    return hook_name({HookPoint::kResidPre, layer + 1});
  return std::nullopt;
}

std::vector<HookSite> hook_sites(const ModelConfig& config) {
  const auto steps = block_steps(config);
  std::vector<HookSite> sites;
  for (size_t l = 0; l < config.n_layers; ++l) {
    sites.push_back({HookPoint::kResidPre, l});
    for (const BlockStep& step : steps) {
      if (step.hook) sites.push_back({*step.hook, l});
    }
  }
  sites.push_back({kFinalHook.point, config.n_layers});
  return sites;
}

Result<std::vector<HookSite>> find_hooks(std::string_view name,
                                         size_t n_layers) {
  std::vector<HookSite> sites;
  for (size_t l = 0; l < n_layers; ++l) {
    for (const HookNames& names : kBlockHooks)
      sites.push_back({names.point, l});
  }
  sites.push_back({kFinalHook.point, n_layers});
  return find_among(name, sites, n_layers);
}

Result<std::vector<HookSite>> find_hooks(std::string_view name,
                                         const ModelConfig& config) {
  const std::vector<HookSite> sites = hook_sites(config);
  std::vector<HookSite> found;
  for (const HookSite& site : sites) {
    if (name == hook_name(site) ||
        (site.point != kFinalHook.point &&
         name == with_layer(pattern_of(site.point), "*")))
      found.push_back(site);
  }
  if (!found.empty()) return found;
  std::vector<std::string> known;
  for (const HookSite& site : sites) {
    const std::vector<std::string> modules = module_names(site, config);
    if (any_is(modules, name, config) ||
        (site.point != kFinalHook.point &&
         any_is(module_names(config, site, "*"), name, config)))
      found.push_back(site);
    known.push_back(hook_name(site));
    if (!modules.empty()) known.push_back(modules.front());
  }
  if (!found.empty()) return found;
  return no_hook(name, known, config.n_layers);
}

}  // namespace excise
