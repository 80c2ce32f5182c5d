#include "experiment/sweep/variants.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/number_text.h"

namespace excise {
namespace {

constexpr std::array kSets = {VariantSet::kKeepOnly, VariantSet::kVisible,
                              VariantSet::kRobustness, VariantSet::kConstant};

tl::unexpected<Error> refused(std::string found) {
  return fail(ErrorCode::kBadInput,
              {.where = "spec",
               .subject = "variants",
               .expected = kVariantsExpected,
               .found = std::move(found),
               .hint = "--variants takes e.g. keep-only,robustness"});
}

bool same(RemovalOperator a, RemovalOperator b) {
  return a.centre == b.centre && a.restore == b.restore;
}

void add_choices(const VariantOf& of, std::vector<Variant>& variants) {
  const std::array<Variant, 3> means = {Variant{VariantKind::kMeans,
                                                "means_published",
                                                "means of the preset published",
                                                {Mean::kNone, Mean::kToken}},
                                        Variant{VariantKind::kMeans,
                                                "means_pca",
                                                "means of the preset pca",
                                                {Mean::kNeuron, Mean::kNeuron}},
                                        Variant{VariantKind::kMeans,
                                                "means_worded",
                                                "centre none, restore neuron",
                                                {Mean::kNone, Mean::kNeuron}}};
  for (const Variant& other : means) {
    if (of.has_means && !same(other.means, of.means)) variants.push_back(other);
  }
  for (const double strength : {0.5, 2.0}) {
    variants.push_back({VariantKind::kStrength,
                        strength < 1 ? "strength_half" : "strength_double",
                        "strength " + short_text(strength, 2),
                        {},
                        strength});
  }
  variants.push_back(
      {VariantKind::kWithoutFirst, "without_first", "not at the first token"});
  if (of.is_ranked)
    variants.push_back(
        {VariantKind::kNext, "next_components",
         of.remove.size() == 1 ? "the next component" : "the next components"});
}

}  // namespace

std::string_view variant_set_name(VariantSet set) {
  switch (set) {
    case VariantSet::kKeepOnly:
      return "keep-only";
    case VariantSet::kVisible:
      return "visible";
    case VariantSet::kRobustness:
      return "robustness";
    case VariantSet::kConstant:
      return "constant";
  }
  return "";
}

bool asks_for(const std::vector<VariantSet>& sets, VariantSet set) {
  return std::ranges::find(sets, set) != sets.end();
}

Result<std::vector<VariantSet>> parse_variants(std::string_view text) {
  std::vector<VariantSet> sets;
  if (text.empty() || text == "none") return sets;
  while (true) {
    const auto comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    const auto* set = std::ranges::find(kSets, name, variant_set_name);
    if (set == kSets.end() || asks_for(sets, *set))
      return refused("\"" + std::string(name) + "\"");
    sets.push_back(*set);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::ranges::sort(sets);
  return sets;
}

std::string variants_text(const std::vector<VariantSet>& sets) {
  std::string text;
  for (const VariantSet set : sets)
    text += (text.empty() ? "" : ",") + std::string(variant_set_name(set));
  return text;
}

std::vector<Variant> variants_of(const std::vector<VariantSet>& sets,
                                 const VariantOf& of) {
  std::vector<Variant> variants;
  if (of.has_other_text)
    variants.push_back(
        {VariantKind::kSwap, "swap", "swapped with the other text"});
  for (const VariantSet set : sets) {
    switch (set) {
      case VariantSet::kKeepOnly:
        variants.push_back(
            {VariantKind::kKeepOnly, "keep_only", "only the components kept"});
        variants.push_back(
            {VariantKind::kNoneKept, "none_kept", "nothing kept"});
        break;
      case VariantSet::kVisible:
        if (of.hook == HookPoint::kMlpPost)
          variants.push_back(
              {VariantKind::kVisible, "visible", "the visible part"});
        break;
      case VariantSet::kRobustness:
        add_choices(of, variants);
        break;
      case VariantSet::kConstant:
        break;
    }
  }
  return variants;
}

}  // namespace excise
