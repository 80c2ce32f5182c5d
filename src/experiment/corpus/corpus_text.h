// A corpus run in words.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_TEXT_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_TEXT_H_

#include <string>
#include <vector>

#include "experiment/common/passages.h"
#include "experiment/corpus/corpus_data.h"
#include "experiment/corpus/corpus_summary.h"

namespace excise {

// "12 books", "1 text": units by what makes them.
std::string units_words(const CorpusSpec& spec, size_t units);

// What was measured and left out, then what a sweep says, of units. Rules: a
// basis that is not each window's own is named; the groups' passage counts
// layers by q over layers and groups.
std::vector<Passage> corpus_passages(const CorpusHeader& header,
                                     const CorpusData& data,
                                     const CorpusSummary& corpus);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_TEXT_H_
