// The texts of a corpus, from files of several kinds.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_TEXTS_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_TEXTS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/corpus/corpus_spec.h"

namespace excise {

struct CorpusText {
  std::string name;   // "stories/a.txt", "tales.jsonl:12"
  std::string unit;   // empty where the spec names no field
  std::string group;  // the same
  std::string text;   // UTF-8
};

// A text that is not measured, and why.
struct SkippedText {
  std::string name;
  std::string reason;
};

// The files that read_corpus() reads, by the names of a spec: of a folder those
// in it and below that have endings of texts. Without standard input; what is
// not there stays, as it was named.
std::vector<std::string> corpus_files(const std::vector<std::string>& names);

using TakeText = std::function<Status(CorpusText text)>;
using SkipText = std::function<Status(SkippedText text)>;

// How many bytes of all files were read; standard input counts as nothing.
using ReadBytes = std::function<void(size_t done, size_t total)>;

// Hands on one text after the other, in the order of the spec's files, of a
// folder's by name. A folder stands for the files in it and below, hidden ones
// left out, and files with other endings than texts have. JSON lines (.jsonl,
// .ndjson) and tables (.csv, .tsv, with a heading) have a text a line or row,
// in the spec's field; of any other file the whole is one text, whose only
// field is "folder", the name of the folder around it. Standard input is JSON
// lines where it begins with {, else one text. What is no UTF-8, empty, or
// lacks a field goes to `skip`. Errors: io and bad_input for what is not there,
// and those of take and skip. read: told after each text.
Status read_corpus(const CorpusSpec& spec, const TakeText& take,
                   const SkipText& skip, const ReadBytes& read = {});

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_TEXTS_H_
