#include "edit/weight_edit.h"

#include <algorithm>
#include <utility>

#include "model/architecture/block.h"
#include "model/architecture/family.h"
#include "model/tensor_table.h"

namespace excise {
namespace {

// A linear layer that writes an activation, or alone reads it.
struct Carrier {
  Slot slot;
  bool input;
};

std::optional<Carrier> carrier_of(const ModelConfig& config, HookPoint point) {
  const auto steps = block_steps(config);
  const auto seen = std::ranges::find(steps, point, &BlockStep::hook);
  if (seen == steps.end() || seen->out == Value::kStream) return std::nullopt;
  if (seen->kind == StepKind::kProject) return Carrier{seen->slot, false};
  std::optional<Carrier> carrier;
  for (const BlockStep& step : std::span(seen, steps.end()).subspan(1)) {
    if (!step.reads(seen->out)) continue;
    if (carrier || step.kind != StepKind::kProject) return std::nullopt;
    carrier = Carrier{step.slot, true};
  }
  return carrier;
}

// The tensor that a constant can be added to instead of the activation, where
// the model has it.
std::optional<std::string> shifted_tensor(const ModelConfig& config,
                                          const HookSite& site) {
  const Architecture& a = config.architecture;
  if (a.residual_scale != 1 && site.point != HookPoint::kFinalNormalized)
    return std::nullopt;
  const auto written_by = [&](size_t layer, HookPoint point) {
    const auto steps = block_steps(config);
    const auto step = std::ranges::find(steps, point, &BlockStep::hook);
    return bias_name(config, layer, step->slot);
  };
  switch (site.point) {
    case HookPoint::kResidMid:
    case HookPoint::kResidPost:
      return written_by(site.layer, site.point);
    case HookPoint::kResidPre:
      if (site.layer > 0)
        return written_by(site.layer - 1, HookPoint::kResidPost);
      if (a.learned_positions) return position_embedding_name(config);
      if (a.embedding_scale != 1) return std::nullopt;
      return token_embedding_name(config);
    default:
      break;
  }
  if (!a.biases.norm) return std::nullopt;
  return final_norm_bias_name(config);
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

tl::unexpected<Error> no_bias(const EditPlace& place) {
  return no_weights(place, "a constant where the model has no bias",
                    "no tensor can hold it");
}

// Whether it adds a constant, so that a layer without bias cannot carry it.
bool shifts(const AffineChange& change) {
  const auto any = [](std::span<const double> values) {
    return std::ranges::any_of(values, [](double v) { return v != 0; });
  };
  return any(change.shift) || any(change.offsets);
}

Result<WeightEdit> weight_edit_of(const EditSpec& spec, const EditPlace& place,
                                  const ModelConfig& config) {
  if (!spec.positions.all()) {
    return no_weights(place, "positions " + spec.positions.text(),
                      "weights act at every position alike");
  }
  if (!place.change) {
    return no_weights(place, "basis " + place.basis,
                      "its codes are not a linear function of the activation");
  }
  const AffineChange& change = *place.change;
  if (const auto carrier = carrier_of(config, place.site.point)) {
    const size_t layer = place.site.layer;
    const auto weight = weight_name(config, layer, carrier->slot);
    if (!weight) {
      return no_weights(place, "a layer that lies in a tensor with others",
                        "excise cannot write a part of one");
    }
    const auto bias = bias_name(config, layer, carrier->slot);
    if (!bias && shifts(change)) return no_bias(place);
    return WeightEdit{*weight, bias.value_or(""), {{&change, carrier->input}}};
  }
  if (change.offsets.empty()) {  // a constant is added, nothing projected
    const auto tensor = shifted_tensor(config, place.site);
    if (!tensor) return no_bias(place);
    return WeightEdit{"", *tensor, {{&change, false}}};
  }
  if (place.site.point == HookPoint::kFinalNormalized) {
    return no_weights(place, "a projection behind the final LayerNorm",
                      "the head has no bias that could hold its constant");
  }
  return no_weights(place, "a projection of the residual stream",
                    "what earlier layers wrote is projected only from here on; "
                    "edit hook_attn_out or hook_mlp_out, which weights carry");
}

Matrix<double> transposed(const Matrix<double>& a) {
  Matrix<double> out(a.cols(), a.rows());
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t j = 0; j < a.cols(); ++j) out(j, i) = a(i, j);
  }
  return out;
}

Result<Matrix<double>> tensor_in_double(const std::string& name,
                                        const Model& model) {
  const TensorFile& file = model.weights.file();
  const StoredTensor* tensor = EXCISE_TRY(table_tensor(
      file, tensor_prefix(file, model.config), name, model.config));
  const Matrix<float> values = EXCISE_TRY(widened(*tensor));
  return converted<double, float>(values.view());
}

}  // namespace

Result<std::vector<WeightEdit>> plan_weight_edits(std::span<const Edit> edits,
                                                  const ModelConfig& config) {
  std::vector<WeightEdit> plan;
  // In the order of the forward pass; edits of one hook in theirs.
  for (const HookSite& site : hook_sites(config)) {
    for (const Edit& edit : edits) {
      for (const EditPlace& place : edit.places()) {
        if (place.site != site) continue;
        WeightEdit next =
            EXCISE_TRY(weight_edit_of(edit.spec(), place, config));
        const auto known =
            std::find_if(plan.begin(), plan.end(), [&](const WeightEdit& one) {
              return next.bias.empty() ? one.weight == next.weight
                                       : one.bias == next.bias;
            });
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
  Matrix<double> bias;
  if (!edit.bias.empty()) bias = EXCISE_TRY(tensor_in_double(edit.bias, model));
  if (edit.weight.empty()) {
    for (const WeightEdit::Fold& fold : edit.folds) {
      for (size_t i = 0; i < bias.rows(); ++i) {  // an embedding has many rows
        for (size_t j = 0; j < bias.cols(); ++j) {
          bias(i, j) += fold.change->shift[j];
        }
      }
    }
  } else {
    Matrix<double> weight = EXCISE_TRY(tensor_in_double(edit.weight, model));
    const bool turned =
        model.config.family->tensors.linear == LinearLayout::kOutIn;
    if (turned) weight = transposed(weight);
    // Without a bias there are no constants, so it stays 0.
    if (edit.bias.empty()) bias = Matrix<double>(1, weight.cols());
    for (const WeightEdit::Fold& fold : edit.folds) {
      if (fold.input) {
        fold_into_input(*fold.change, weight, bias);
      } else {
        fold_into_output(*fold.change, weight, bias);
      }
    }
    tensors.emplace(edit.weight,
                    turned ? transposed(weight) : std::move(weight));
  }
  if (!edit.bias.empty()) tensors.emplace(edit.bias, std::move(bias));
  return tensors;
}

}  // namespace excise
