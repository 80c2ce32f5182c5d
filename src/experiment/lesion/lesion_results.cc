#include "experiment/lesion/lesion_results.h"

#include <nlohmann/json.hpp>

#include "experiment/common/json_values.h"
#include "experiment/common/passages.h"
#include "experiment/common/words.h"
#include "experiment/lesion/lesion_headline.h"
#include "experiment/lesion/lesion_summary.h"
#include "io/fingerprint.h"
#include "io/own_files.h"

namespace excise {
namespace {

Json predictions(const WordPair& pair) {
  const auto one = [](const Prediction& prediction) -> Json {
    return {{"logit", number(prediction.logit)},
            {"logprob", number(prediction.logprob)}};
  };
  return {{"first", one(pair[0])}, {"second", one(pair[1])}};
}

Json tests_json(const Model& model, const LesionResult& result) {
  Json tests = Json::array();
  for (const LesionTest& test : result.tests) {
    Json json = {{"pair_line", nullptr}};
    if (test.pair_line) json["pair_line"] = *test.pair_line;
    json["prefix"] =
        model.tokenizer ? model.tokenizer->decode(test.ids).value_or("") : "";
    json["pieces"] = Json::array();
    for (const int id : test.ids) {
      json["pieces"].push_back(token_piece(model, id));
    }
    json["before"] = test.before;
    json["position"] = test.position;
    json["words"] = {{"first", test.words[0]}, {"second", test.words[1]}};
    json["clean"] = predictions(test.clean);
    tests.push_back(std::move(json));
  }
  return tests;
}

Json group_json(const GroupLesion& group) {
  const MeanTest& loss = group.selective_loss;
  Json json = {{"zeroed", group.zeroed},
               {"mean_abs_delta_logit", number(group.mean_abs_delta_logit)},
               {"delta_logit_first", number(group.mean_delta_logit[0])},
               {"delta_logit_second", number(group.mean_delta_logit[1])}};
  json["selective_loss"] = {{"mean", number(loss.mean)}, {"n", loss.n},
                            {"sd", number(loss.sd)},     {"t", number(loss.t)},
                            {"p", number(loss.p)},       {"q", number(loss.q)}};
  add_reason(json["selective_loss"], loss.reason);
  json["random"] = nullptr;
  if (group.random_p_one_sided) {
    const auto mean = [](const std::vector<double>& draws) {
      double sum = 0;
      for (const double d : draws) sum += d;
      return number(sum / static_cast<double>(draws.size()));
    };
    json["random"] = {
        {"draws", group.random_selective_loss.size()},
        {"selective_loss", mean(group.random_selective_loss)},
        {"selective_loss_p_one_sided", number(*group.random_p_one_sided)},
        {"mean_abs_delta_logit", mean(group.random_mean_abs)},
        {"mean_abs_delta_logit_p_one_sided",
         number(group.random_abs_p_one_sided)}};
  }
  return json;
}

Json headline_json(const GroupHeadline& headline) {
  return {{"layers_zeroed", headline.zeroed},
          {"layers_tested", headline.tested},
          {"layers_positive", headline.layers_positive},
          {"layers_against", headline.layers_against},
          {"layers_towards", headline.layers_towards},
          {"layers_compared", headline.compared},
          {"layers_beyond_random", headline.layers_beyond_random}};
}

Json layers_json(const LesionResult& result) {
  Json layers = Json::array();
  for (const LayerLesion& layer : result.lesions) {
    const NeuronGroups& groups = layer.groups;
    const size_t found = groups.first.size() + groups.second.size();
    layers.push_back(
        {{"layer", groups.layer},
         {"n_first", groups.first.size()},
         {"n_second", groups.second.size()},
         {"n_neither", groups.t.size() - found},
         {"significant_percent", number(significant_percent(layer))},
         {"mean_abs_delta_logit", number(mean_abs_delta_logit(layer))},
         {"zeroed_first", group_json(layer.first)},
         {"zeroed_second", group_json(layer.second)}});
  }
  return layers;
}

Json spec_json(LesionSpec spec, const std::string& model_name) {
  Json json = {{"model", model_name}, {"n_pairs", spec.pairs.pairs.size()}};
  PairLines lines;
  add_fields(json, lesion_fields(spec, lines));
  return json;
}

std::string pairs_fingerprint(const PairSet& pairs) {
  Fingerprint fingerprint;
  for (const SentencePair& pair : pairs.pairs) {
    fingerprint.add(pair.first.sentence + "\t" + pair.second.sentence + "\n");
  }
  return fingerprint.hex();
}

Json lines(const LesionResult& result, const std::vector<size_t>& indices) {
  Json json = Json::array();
  for (const size_t i : indices) {
    json.push_back(result.spec.pairs.pairs[i].line);
  }
  return json;
}

std::string results_text(const Model& model, const LesionResult& result,
                         const Provenance& provenance) {
  const std::vector<Passage> passages = lesion_passages(result);
  Json json = {
      {"schema", "excise.lesion/2"},
      {"summary", joined(passages)},
      {"passages", passage_list(passages)},
      {"headline",
       {{"zeroed_first", headline_json(group_headline(result, true))},
        {"zeroed_second", headline_json(group_headline(result, false))}}},
      {"words",
       {{"first", result.spec.pairs.first_word},
        {"second", result.spec.pairs.second_word}}},
      {"pairs",
       {{"fitted", lines(result, result.fitted)},
        {"held_out", lines(result, result.held_out)}}},
      {"tests", tests_json(model, result)},
      {"layers", layers_json(result)},
      {"audit", audit_json(result.audit)},
      {"manifest",
       {{"program", program_json(provenance)},
        {"files", result_file_names("excise.lesion/2")},
        {"spec", spec_json(result.spec, provenance.model_name)},
        {"model", model_json(model, provenance.model_name)},
        {"hook_fitted", "blocks.{l}.mlp.hook_pre"},
        {"hook", "blocks.{l}.mlp.hook_post"},
        {"pairs_fingerprint", pairs_fingerprint(result.spec.pairs)}}}};
  add_run(json["manifest"], result.spec, result.threads, result.seconds,
          provenance);
  return file_text(json);
}

}  // namespace

Result<std::string> write_lesion_results(const OutputFolder& folder,
                                         const Model& model,
                                         const LesionResult& result,
                                         const Provenance& provenance) {
  const std::string json = results_text(model, result, provenance);
  EXCISE_CHECK(folder.write_text("results.json", json));
  EXCISE_CHECK(folder.write_text("laminar.csv", laminar_csv(result)));
  EXCISE_CHECK(folder.write_text("lesions.csv", lesions_csv(result)));
  EXCISE_CHECK(
      folder.write_text("experiment.toml", lesion_spec_to_toml(result.spec)));
  EXCISE_CHECK(lesion_arrays(result).write(folder.path("arrays.safetensors")));
  return json;
}

}  // namespace excise
