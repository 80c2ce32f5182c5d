// Which weights give what an edit does to activations.
#ifndef EXCISE_EDIT_WEIGHT_EDIT_H_
#define EXCISE_EDIT_WEIGHT_EDIT_H_

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "edit/edit.h"
#include "model/model.h"

namespace excise {

// The new values of tensors that edits change, by their name in tensor_table().
using EditedTensors = std::map<std::string, Matrix<double>>;

// A linear layer and the edits folded into it, in the order of the forward
// pass.
struct WeightEdit {
  // Names in tensor_table(). Without a weight only the bias is shifted; without
  // a bias no constant is added.
  std::string weight, bias;
  struct Fold {
    const AffineChange* change = nullptr;
    bool input = false;  // the layer reads the activation, else it writes it
  };
  std::vector<Fold> folds;
};

// The layers that carry the edits, which must outlive the result. Errors:
// unsupported, with the reason, for an edit that no weights of the model can
// express: positions, codes that are not linear, a projection of the residual
// stream or of the final LayerNorm.
Result<std::vector<WeightEdit>> plan_weight_edits(std::span<const Edit> edits,
                                                  const ModelConfig& config);

// The tensors of one plan, in double. Error bad_file for a weight that is not
// finite.
Result<EditedTensors> edited_tensors(const WeightEdit& edit,
                                     const Model& model);

}  // namespace excise

#endif  // EXCISE_EDIT_WEIGHT_EDIT_H_
