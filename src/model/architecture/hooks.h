// Hook points of a model under the names of TransformerLens; the module of
// Transformers whose output a value is names it too.
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
  // Those that are only read, see is_only_read().
  kEmbed,     // hook_embed [tokens, d_model], with the embedding's multiplier
  kPosEmbed,  // hook_pos_embed [tokens, d_model], of learned positions
  // Of each norm of a block: what it divides by, sqrt(variance + epsilon)
  // [tokens, 1], and what comes of that before weight and bias
  // [tokens, d_model]. ln1 and ln2 are those of attention and MLP, in front of
  // them or, where there is none, behind; _post those behind where both are.
  kLn1Scale,
  kLn1Normalized,
  kLn1PostScale,
  kLn1PostNormalized,
  kLn2Scale,
  kLn2Normalized,
  kLn2PostScale,
  kLn2PostNormalized,
  // blocks.{l}.attn.hook_q [tokens, n_heads, d_head], hook_k and hook_v
  // [tokens, n_kv_heads, d_head]: as projected, before norms and rotation.
  kQ,
  kK,
  kV,
  kRotQ,        // blocks.{l}.attn.hook_rot_q, hook_rot_k: as they meet in the
  kRotK,        // scores; only where positions are rotary
  kAttnScores,  // blocks.{l}.attn.hook_attn_scores [n_heads, tokens, tokens],
                // scaled and capped; -infinity where a token does not see
  kPattern,     // blocks.{l}.attn.hook_pattern, their softmax
  kFinalScale,  // ln_final.hook_scale [tokens, 1]
};
constexpr size_t kHookPoints = static_cast<size_t>(HookPoint::kFinalScale) + 1;

// Whether no edit can be there: the definition of the forward pass shows such a
// value to a Reader (model/readings.h) and to nothing else.
constexpr bool is_only_read(HookPoint point) {
  return point > HookPoint::kFinalNormalized;
}

struct HookSite {
  HookPoint point = HookPoint::kMlpPre;
  size_t layer = 0;  // n_layers for those of ln_final, 0 for the embeddings
  bool operator==(const HookSite&) const = default;
};

// The TransformerLens name.
std::string hook_name(const HookSite& site);

// A TransformerLens name of any model. layer: nothing for `*`, and where the
// name has none.
struct NamedHook {
  HookPoint point = HookPoint::kMlpPre;
  std::optional<size_t> layer = {};
};
std::optional<NamedHook> parse_hook_name(std::string_view name);

// The modules of Transformers whose outputs are this value, the best known
// first: "transformer.h.3.mlp.c_fc" of a GPT-2's hook_pre. What is no module's
// output has none.
std::vector<std::string> module_names(const HookSite& site,
                                      const ModelConfig& config);

// The other name of the same activation, of a TransformerLens name: what comes
// into a block (blocks.2.hook_resid_pre) is what went out of the one before
// (blocks.1.hook_resid_post).
std::optional<std::string> same_activation(std::string_view hook);

// The sites of a model that can be edited, in the order a forward pass reaches
// them; and all that can be read, which are these and those that are only read.
std::vector<HookSite> hook_sites(const ModelConfig& config);
std::vector<HookSite> readable_sites(const ModelConfig& config);

// The sites among hook_sites() or readable_sites() that `name` means: a
// TransformerLens name, its end ("mlp.hook_pre", of every layer) or a module of
// Transformers, where `*` stands for any layer. Error bad_input when there is
// none: with near names, or saying that this model lacks it, or that it is only
// read.
Result<std::vector<HookSite>> find_hooks(std::string_view name,
                                         const ModelConfig& config);
Result<std::vector<HookSite>> find_readable(std::string_view name,
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
