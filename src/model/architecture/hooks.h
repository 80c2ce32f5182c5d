// Hook points of a model under the names of TransformerLens, with the module
// names of Hugging Face's GPT-2 as synonyms.
#ifndef EXCISE_MODEL_ARCHITECTURE_HOOKS_H_
#define EXCISE_MODEL_ARCHITECTURE_HOOKS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"

namespace excise {

struct ModelConfig;

enum class HookPoint {
  kResidPre,  // blocks.{l}.hook_resid_pre        [tokens, d_model]
  kZ,  // blocks.{l}.attn.hook_z           [tokens, d_model], heads side by side
  kAttnOut,          // blocks.{l}.hook_attn_out         [tokens, d_model]
  kResidMid,         // blocks.{l}.hook_resid_mid        [tokens, d_model]
  kMlpPreLinear,     // blocks.{l}.mlp.hook_pre_linear   [tokens, d_mlp], what a
                     // gate multiplies
  kMlpPre,           // blocks.{l}.mlp.hook_pre          [tokens, d_mlp]
  kMlpPost,          // blocks.{l}.mlp.hook_post         [tokens, d_mlp]
  kMlpOut,           // blocks.{l}.hook_mlp_out          [tokens, d_model]
  kResidPost,        // blocks.{l}.hook_resid_post       [tokens, d_model]
  kFinalNormalized,  // ln_final.hook_normalized         [tokens, d_model], with
                     // weight and bias
};

struct HookSite {
  HookPoint point = HookPoint::kMlpPre;
  size_t layer = 0;  // n_layers for kFinalNormalized
  bool operator==(const HookSite&) const = default;
};

// The TransformerLens name.
std::string hook_name(const HookSite& site);

// The modules of Transformers whose outputs are this value, the best known
// first: "transformer.h.3.mlp.c_fc" of a GPT-2's hook_pre. Those of heads or of
// what a norm reads have none.
std::vector<std::string> module_names(const HookSite& site,
                                      const ModelConfig& config);

// The other name of the same activation, of a TransformerLens name: what comes
// into a block (blocks.2.hook_resid_pre) is what went out of the one before
// (blocks.1.hook_resid_post).
std::optional<std::string> same_activation(std::string_view hook);

// All sites of a model, in the order a forward pass reaches them.
std::vector<HookSite> hook_sites(const ModelConfig& config);

// The sites that `name` means in a model of so many layers: a TransformerLens
// name or a Hugging Face module name, where `*` stands for any layer. Error
// bad_input with near names when there is none.
Result<std::vector<HookSite>> find_hooks(std::string_view name,
                                         size_t n_layers);
// The same of this model, whose blocks need not have each of them. Error
// bad_input too where they lack it.
Result<std::vector<HookSite>> find_hooks(std::string_view name,
                                         const ModelConfig& config);

// Called with the value at a site; may read it or change it in place.
using HookFunction =
    std::function<Status(const HookSite& site, MatrixView<float> value)>;

struct Hook {
  std::string name;  // as find_hooks() takes it
  HookFunction function;
};

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_HOOKS_H_
