#include "experiment/weight_edit.h"

#include <algorithm>
#include <utility>

#include "model/tensor_table.h"

namespace excise {
namespace {

// Where an activation is written or read by one linear layer alone.
struct Carrier {
  LayerTensor weight, bias;
  bool input;
};

std::optional<Carrier> carrier_of(HookPoint point) {
  switch (point) {
    case HookPoint::kMlpPre:
      return Carrier{LayerTensor::kWIn, LayerTensor::kBIn, false};
    case HookPoint::kMlpPost:
      return Carrier{LayerTensor::kWOut, LayerTensor::kBOut, true};
    case HookPoint::kMlpOut:
      return Carrier{LayerTensor::kWOut, LayerTensor::kBOut, false};
    case HookPoint::kZ:
      return Carrier{LayerTensor::kWO, LayerTensor::kBO, true};
    case HookPoint::kAttnOut:
      return Carrier{LayerTensor::kWO, LayerTensor::kBO, false};
    default:
      return std::nullopt;
  }
}

// The tensor that a constant can be added to instead of the activation.
std::string shifted_tensor(const HookSite& site) {
  switch (site.point) {
    case HookPoint::kResidMid:
      return layer_tensor_name(site.layer, LayerTensor::kBO);
    case HookPoint::kResidPost:
      return layer_tensor_name(site.layer, LayerTensor::kBOut);
    case HookPoint::kResidPre:
      return site.layer == 0
                 ? "wpe.weight"
                 : layer_tensor_name(site.layer - 1, LayerTensor::kBOut);
    default:
      return "ln_f.bias";
  }
}

tl::unexpected<Error> no_weights(const EditPlace& place, std::string reason,
                                 std::string hint) {
  return fail(ErrorCode::kUnsupported,
              {.where = "export",
               .subject = "edit at " + hook_name(place.site),
               .expected = "one that weights can express",
               .found = std::move(reason),
               .hint = std::move(hint)});
}

Result<WeightEdit> weight_edit_of(const EditSpec& spec,
                                  const EditPlace& place) {
  if (!spec.positions.all()) {
    return no_weights(place, "positions " + spec.positions.text(),
                      "weights act at every position alike");
  }
  if (!place.change) {
    return no_weights(place, "basis " + place.basis,
                      "its codes are not a linear function of the activation");
  }
  const AffineChange& change = *place.change;
  if (const auto carrier = carrier_of(place.site.point)) {
    return WeightEdit{layer_tensor_name(place.site.layer, carrier->weight),
                      layer_tensor_name(place.site.layer, carrier->bias),
                      {{&change, carrier->input}}};
  }
  if (change.offsets.empty()) {  // a constant is added, nothing projected
    return WeightEdit{"", shifted_tensor(place.site), {{&change, false}}};
  }
  if (place.site.point == HookPoint::kFinalNormalized) {
    return no_weights(place, "a projection behind the final LayerNorm",
                      "the head has no bias that could hold its constant");
  }
  return no_weights(place, "a projection of the residual stream",
                    "what earlier layers wrote is projected only from here on; "
                    "edit hook_attn_out or hook_mlp_out, which weights carry");
}

Result<Matrix<double>> tensor_in_double(const std::string& name,
                                        const Model& model) {
  const TensorFile& file = model.weights.file();
  const StoredTensor* tensor =
      EXCISE_TRY(table_tensor(file, tensor_prefix(file), name));
  const Matrix<float> values = EXCISE_TRY(widened(*tensor));
  return converted<double, float>(values.view());
}

}  // namespace

Result<std::vector<WeightEdit>> plan_weight_edits(std::span<const Edit> edits,
                                                  const ModelConfig& config) {
  std::vector<WeightEdit> plan;
  // In the order of the forward pass; edits of one hook in theirs.
  for (const HookSite& site : hook_sites(config.n_layers)) {
    for (const Edit& edit : edits) {
      for (const EditPlace& place : edit.places()) {
        if (place.site != site) continue;
        WeightEdit next = EXCISE_TRY(weight_edit_of(edit.spec(), place));
        const auto known = std::find_if(
            plan.begin(), plan.end(),
            [&](const WeightEdit& one) { return one.bias == next.bias; });
        if (known == plan.end()) {
          plan.push_back(std::move(next));
          continue;
        }
        known->folds.push_back(next.folds.front());
        if (known->weight.empty()) known->weight = next.weight;
      }
    }
  }
  return plan;
}

Result<EditedTensors> edited_tensors(const WeightEdit& edit,
                                     const Model& model) {
  EditedTensors tensors;
  Matrix<double> bias = EXCISE_TRY(tensor_in_double(edit.bias, model));
  if (edit.weight.empty()) {
    for (const WeightEdit::Fold& fold : edit.folds) {
      for (size_t i = 0; i < bias.rows(); ++i) {  // wpe.weight has many rows
        for (size_t j = 0; j < bias.cols(); ++j) {
          bias(i, j) += fold.change->shift[j];
        }
      }
    }
  } else {
    Matrix<double> weight = EXCISE_TRY(tensor_in_double(edit.weight, model));
    for (const WeightEdit::Fold& fold : edit.folds) {
      if (fold.input) {
        fold_into_input(*fold.change, weight, bias);
      } else {
        fold_into_output(*fold.change, weight, bias);
      }
    }
    tensors.emplace(edit.weight, std::move(weight));
  }
  tensors.emplace(edit.bias, std::move(bias));
  return tensors;
}

}  // namespace excise
