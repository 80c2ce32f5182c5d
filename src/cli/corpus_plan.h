// What a corpus will take, in words.
#ifndef EXCISE_CLI_CORPUS_PLAN_H_
#define EXCISE_CLI_CORPUS_PLAN_H_

#include <string>

#include "experiment/corpus/corpus_run.h"
#include "model/model.h"

namespace excise {

// What lies ahead, before it begins: texts, tokens, operations, disk, and what
// is left out.
std::string plan_text(const Model& model, const CorpusRun& run);

// "34 minutes"
std::string duration_text(double seconds);

}  // namespace excise

#endif  // EXCISE_CLI_CORPUS_PLAN_H_
