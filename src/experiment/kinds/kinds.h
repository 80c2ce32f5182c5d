// All experiments, for who treats them alike: the command line, Python,
// documents and tests. One of them is a struct with a name, the schema of its
// files, parse(toml, source), run(model, spec, progress), write(folder, model,
// what run gave, provenance), and with_options(take), which shows its fields.
#ifndef EXCISE_EXPERIMENT_KINDS_KINDS_H_
#define EXCISE_EXPERIMENT_KINDS_KINDS_H_

#include <string>
#include <string_view>
#include <tuple>

#include "experiment/concept/concept_experiment.h"
#include "experiment/corpus/corpus_experiment.h"
#include "experiment/lesion/lesion_experiment.h"
#include "experiment/median/median_experiment.h"
#include "experiment/sweep/sweep_experiment.h"
#include "experiment/task/task_experiment.h"
#include "io/toml_record.h"

namespace excise {

// The sweep last: it says what is wrong with a file that is none of them.
using ExperimentKinds =
    std::tuple<MedianExperiment, LesionExperiment, ConceptExperiment,
               CorpusExperiment, TaskExperiment, SweepExperiment>;

// visit(kind) of each.
template <typename Visit>
void for_each_kind(Visit visit) {
  std::apply([&](const auto&... kind) { (visit(kind), ...); },
             ExperimentKinds());
}

// "excise.median-experiment" of its schema, whatever the version.
inline std::string_view family_of(std::string_view schema) {
  return schema.substr(0, schema.find('/'));
}

// What visit(kind) gives for the kind of this experiment file.
template <typename Visit>
auto with_kind_of(std::string_view toml, Visit visit) {
  const std::string schema = toml_schema(toml).value_or("");
  const auto find = [&](const auto& self, const auto& kind,
                        const auto&... others) {
    if constexpr (sizeof...(others) == 0) {
      return visit(kind);
    } else {
      return family_of(schema) == family_of(kind.kSchema)
                 ? visit(kind)
                 : self(self, others...);
    }
  };
  return std::apply([&](const auto&... kinds) { return find(find, kinds...); },
                    ExperimentKinds());
}

// The model that runs it; any: it need not be the one that the file states.
template <typename Spec>
void take_model(const std::string& model, bool any, Spec& spec) {
  spec.model = model;
  if (!any) return;
  spec.model_fingerprint.clear();
  spec.tokenizer_fingerprint.clear();
}

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_KINDS_KINDS_H_
