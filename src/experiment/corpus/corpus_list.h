// What of a corpus is measured: its texts in windows, and which windows share a
// pass.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_LIST_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_LIST_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "experiment/corpus/corpus_spec.h"
#include "experiment/corpus/corpus_texts.h"
#include "model/model.h"

namespace excise {

struct ListedText {
  std::string name, unit, group;  // unit: the name where no field is given
  size_t tokens = 0;              // of all its windows, each once
};

struct Window {
  size_t text = 0;     // whose it is
  size_t first = 0;    // of CorpusList::ids
  size_t tokens = 0;   // read
  size_t context = 0;  // the first ones, of the window before: not measured
};

struct CorpusList {
  std::vector<ListedText> texts;
  std::vector<Window> windows;  // text by text
  std::vector<int> ids;
  std::vector<size_t> batches;  // the first window of each, and the end
  std::vector<SkippedText> skipped;
  size_t repeated = 0;  // texts that are the same as an earlier one
  size_t window = 0;    // at most so many tokens each

  std::span<const int> ids_of(const Window& one) const {
    return std::span(ids).subspan(one.first, one.tokens);
  }
  size_t batch_count() const { return batches.size() - 1; }
  size_t tokens() const;  // read, of all windows
  // 32 hex digits that name the windows, their tokens, units and groups.
  std::string fingerprint() const;
};

// A window begins with what the tokenizer puts in front of a text, and the
// windows of a text differ by one token in length at most. Batches are cut from
// the whole list, neighbours up to kBatchTokens, so that they hang on nothing
// else. Errors: those of read_corpus(); bad_input where no text can be
// measured, a window is longer than the context, the model has no tokenizer,
// or, with spec.strict, for a text that is left out.
Result<CorpusList> list_corpus(const Model& model, const CorpusSpec& spec,
                               const Progress& progress);

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_LIST_H_
