#include "fit/fit_json.h"

#include <utility>

namespace excise {
namespace {

Json quality_json(const FitQuality& quality) {
  Json json = {{"share", quality.share}};
  if (quality.accuracy) json["accuracy"] = *quality.accuracy;
  if (quality.chance) json["chance"] = *quality.chance;
  return json;
}

}  // namespace

Json fit_json(const BasisFit& fit, const std::string& file) {
  Json json = {{"file", file},
               {"basis", fit.set.basis},
               {"model", fit.set.provenance.model},
               {"model_fingerprint", fit.set.provenance.model_fingerprint},
               {"text_fingerprint", fit.set.provenance.text_fingerprint},
               {"options", fit.set.provenance.options},
               {"fit_tokens", fit.fit_tokens},
               {"fit_windows", fit.fit_windows},
               {"held_out_tokens", fit.held_out_tokens},
               {"held_out_windows", fit.held_out_windows}};
  for (const HookFit& hook : fit.hooks) {
    Json one = {{"hook", hook.hook},
                {"components", hook.components},
                {"values", hook.values},
                {"fit", quality_json(hook.fit)},
                {"held_out",
                 hook.held_out ? quality_json(*hook.held_out) : Json(nullptr)}};
    if (!hook.note.empty()) one["note"] = hook.note;
    json["hooks"].push_back(std::move(one));
  }
  return json;
}

}  // namespace excise
