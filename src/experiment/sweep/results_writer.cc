#include "experiment/sweep/results_writer.h"

#include "experiment/sweep/constant_results.h"
#include "experiment/sweep/parts_results.h"
#include "experiment/sweep/results_arrays.h"
#include "experiment/sweep/results_csv.h"
#include "experiment/sweep/spec_toml.h"
#include "experiment/sweep/variants_results.h"
#include "io/json_problem.h"

namespace excise {
namespace {

Result<std::string> write_files(const OutputFolder& folder, const Model& model,
                                const SweepResult& result,
                                const Summary& summary,
                                const Provenance& provenance) {
  const std::string json = results_json(model, result, summary, provenance);
  EXCISE_CHECK(folder.write_text("results.json", json));
  EXCISE_CHECK(folder.write_text("layers.csv", layers_csv(summary)));
  EXCISE_CHECK(folder.write_text("tokens.csv", tokens_csv(model, result)));
  if (result.spec.parts)
    EXCISE_CHECK(folder.write_text("parts.csv", parts_csv(summary)));
  if (!result.variants.empty())
    EXCISE_CHECK(folder.write_text("variants.csv", variants_csv(summary)));
  if (asks_for(result.spec.variants, VariantSet::kConstant))
    EXCISE_CHECK(folder.write_text("constant.csv", constant_csv(summary)));
  EXCISE_CHECK(folder.write_text("experiment.toml", spec_to_toml(result.spec)));
  EXCISE_CHECK(
      result_arrays(result, summary).write(folder.path("arrays.safetensors")));
  return json;
}

}  // namespace

Result<std::string> write_results(const OutputFolder& folder,
                                  const Model& model, const SweepResult& result,
                                  const Summary& summary,
                                  const Provenance& provenance) {
  try {
    return write_files(folder, model, result, summary, provenance);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "results", .subject = "no memory to write them"});
  } catch (const std::exception& error) {  // of the JSON or TOML library
    return fail(ErrorCode::kInternal,
                {.where = "results", .subject = json_problem(error)});
  }
}

}  // namespace excise
