#include "experiment/lesion/lesion_results.h"
#include "experiment/lesion/lesion_summary.h"
#include "io/csv.h"

namespace excise {
namespace {

// One number a layer and neuron.
void add_neurons(TensorWriter& writer, std::string name,
                 const LesionResult& result,
                 std::vector<double> NeuronGroups::*member) {
  std::vector<double> values;
  for (const LayerLesion& layer : result.lesions) {
    const std::vector<double>& row = layer.groups.*member;
    values.insert(values.end(), row.begin(), row.end());
  }
  writer.add(std::move(name),
             {result.layers.size(), values.size() / result.layers.size()},
             std::span<const double>(values));
}

// [layers, 2 groups, tests, 2 words].
void add_changes(TensorWriter& writer, std::string name,
                 const LesionResult& result, double Prediction::*member) {
  std::vector<double> values;
  for (const LayerLesion& layer : result.lesions) {
    for (const GroupLesion* group : {&layer.first, &layer.second}) {
      for (const WordPair& delta : group->delta) {
        for (const Prediction& word : delta) values.push_back(word.*member);
      }
    }
  }
  writer.add(std::move(name), {result.layers.size(), 2, result.tests.size(), 2},
             std::span<const double>(values));
}

// [layers, 2 groups, draws].
void add_draws(TensorWriter& writer, std::string name,
               const LesionResult& result,
               std::vector<double> GroupLesion::*member) {
  std::vector<double> values;
  for (const LayerLesion& layer : result.lesions) {
    for (const GroupLesion* group : {&layer.first, &layer.second}) {
      const std::vector<double>& draws = group->*member;
      values.insert(values.end(), draws.begin(), draws.end());
    }
  }
  writer.add(std::move(name), {result.layers.size(), 2, result.spec.random},
             std::span<const double>(values));
}

}  // namespace

TensorWriter lesion_arrays(const LesionResult& result) {
  TensorWriter writer;
  const std::vector<int64_t> layers(result.layers.begin(), result.layers.end());
  writer.add("layers", {layers.size()}, std::span<const int64_t>(layers));
  add_neurons(writer, "t", result, &NeuronGroups::t);
  add_neurons(writer, "p", result, &NeuronGroups::p);
  add_neurons(writer, "q", result, &NeuronGroups::q);
  std::vector<int64_t> group;
  for (const LayerLesion& layer : result.lesions) {
    std::vector<int64_t> row(layer.groups.t.size(), 0);
    for (const size_t j : layer.groups.first) row[j] = 1;
    for (const size_t j : layer.groups.second) row[j] = 2;
    group.insert(group.end(), row.begin(), row.end());
  }
  writer.add("group", {layers.size(), group.size() / layers.size()},
             std::span<const int64_t>(group));
  std::vector<double> logit, logprob;
  for (const LesionTest& test : result.tests) {
    for (const Prediction& word : test.clean) {
      logit.push_back(word.logit);
      logprob.push_back(word.logprob);
    }
  }
  writer.add("logit_clean", {result.tests.size(), 2},
             std::span<const double>(logit));
  writer.add("logprob_clean", {result.tests.size(), 2},
             std::span<const double>(logprob));
  add_changes(writer, "delta_logit", result, &Prediction::logit);
  add_changes(writer, "delta_logprob", result, &Prediction::logprob);
  if (result.spec.random > 0) {
    add_draws(writer, "selective_loss_random", result,
              &GroupLesion::random_selective_loss);
    add_draws(writer, "mean_abs_delta_logit_random", result,
              &GroupLesion::random_mean_abs);
  }
  writer.set_metadata("schema", "excise.lesion-arrays/1");
  return writer;
}

std::string laminar_csv(const LesionResult& result) {
  std::string out =
      "layer,n_first,n_second,significant_percent,mean_abs_delta_logit,"
      "selective_loss_first,t_first,q_first,random_p_one_sided_first,"
      "selective_loss_second,t_second,q_second,random_p_one_sided_second\n";
  for (const LayerLesion& layer : result.lesions) {
    CsvRow row(out);
    row.count(layer.groups.layer).count(layer.groups.first.size());
    row.count(layer.groups.second.size()).number(significant_percent(layer));
    row.number(mean_abs_delta_logit(layer));
    for (const GroupLesion* group : {&layer.first, &layer.second}) {
      const MeanTest& loss = group->selective_loss;
      row.number(loss.mean).number(loss.t).number(loss.q);
      row.number(group->random_p_one_sided);
    }
  }
  return out;
}

std::string lesions_csv(const LesionResult& result) {
  std::string out =
      "test,pair_line,position,layer,zeroed,n_zeroed,logit_first_clean,"
      "logit_first_lesioned,logit_second_clean,logit_second_lesioned\n";
  for (size_t i = 0; i < result.tests.size(); ++i) {
    const LesionTest& test = result.tests[i];
    for (const LayerLesion& layer : result.lesions) {
      for (const GroupLesion* group : {&layer.first, &layer.second}) {
        CsvRow row(out);
        row.count(i);
        if (test.pair_line) {
          row.count(*test.pair_line);
        } else {
          row.text("");
        }
        row.count(test.position).count(layer.groups.layer);
        row.text(group == &layer.first ? "first" : "second");
        row.count(group->zeroed);
        for (const size_t word : {0, 1}) {
          const double clean = test.clean[word].logit;
          row.number(clean).number(clean - group->delta[i][word].logit);
        }
      }
    }
  }
  return out;
}

}  // namespace excise
