// Further edits of the same subspace, or of the same size of choice, beside the
// removal: whether it is enough, whether it acts by what is read, and whether a
// verdict hangs on a choice (docs/method.md, section 6).
#ifndef EXCISE_EXPERIMENT_SWEEP_VARIANTS_H_
#define EXCISE_EXPERIMENT_SWEEP_VARIANTS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "intervention/removal.h"
#include "model/architecture/hooks.h"

namespace excise {

// What is asked for by name: kKeepOnly, everything but the subspace removed,
// and everything; kVisible, the part of it that the output matrix reads;
// kRobustness, other choices of the same removal; kConstant, the best constant
// found in the place of the component (constant_search.h).
enum class VariantSet { kKeepOnly, kVisible, kRobustness, kConstant };
bool asks_for(const std::vector<VariantSet>& sets, VariantSet set);
std::string_view variant_set_name(VariantSet set);

// What may be asked for, in the words of errors.
inline constexpr const char* kVariantsExpected =
    "keep-only, visible, robustness or constant, each once";
// "keep-only,visible,robustness,constant", in any order, or "none". Error
// bad_input.
Result<std::vector<VariantSet>> parse_variants(std::string_view text);
std::string variants_text(const std::vector<VariantSet>& sets);

enum class VariantKind {
  kKeepOnly,      // A minus all components but K
  kNoneKept,      // A minus all components
  kVisible,       // the part of the atoms in the column space of W_out removed
  kMeans,         // other means of the svd of a text
  kStrength,      // so much of the removal
  kWithoutFirst,  // not at the first token
  kNext,          // as many components behind K
  kSwap,          // the codes of K changed for those of another text
};

// One of them, a branch at each layer.
struct Variant {
  VariantKind kind = VariantKind::kKeepOnly;
  std::string id = {};     // of results and arrays: "keep_only", "means_pca"
  std::string words = {};  // "means of pca"
  RemovalOperator means = {};
  double strength = 1;

  // One of the choices that a verdict is compared under.
  bool is_choice() const {
    return kind != VariantKind::kKeepOnly && kind != VariantKind::kNoneKept &&
           kind != VariantKind::kVisible && kind != VariantKind::kSwap;
  }
};

// What the sets mean for a removal: those whose branches are one a layer.
struct VariantOf {
  HookPoint hook = HookPoint::kMlpPre;
  bool has_means = false;  // of the svd of a text, by `means`
  RemovalOperator means = {};
  bool is_ranked = false;  // components have an order, so there is a next one
  std::vector<size_t> remove;
  bool has_other_text = false;
};
std::vector<Variant> variants_of(const std::vector<VariantSet>& sets,
                                 const VariantOf& of);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_VARIANTS_H_
