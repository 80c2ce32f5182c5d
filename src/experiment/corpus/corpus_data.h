// The numbers of a corpus that was measured, read from its journals.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_DATA_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_DATA_H_

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiment/corpus/corpus_header.h"
#include "experiment/corpus/token_rows.h"
#include "io/journal.h"

namespace excise {

// Borrows nothing; numbers stay in the mapped files.
class CorpusData {
 public:
  // Journals of one corpus that together have each batch once. Errors: those of
  // Journal::open(); bad_input, naming the journal, where one is of another
  // run, where a batch is in two of them, and where batches are missing.
  static Result<CorpusData> open(
      std::span<const std::filesystem::path> journals);

  const CorpusHeader& header() const { return header_; }
  // Windows that were to be measured and could not be, and why.
  const std::map<size_t, std::string>& left_out() const { return left_out_; }
  // Of all batches; of rounding, by layer the root of the mean square over
  // batches.
  BranchAudit audit() const;
  // Copies all records to a new journal, batch by batch. Errors: io.
  Status write_journal(const std::filesystem::path& path) const;
  // Calls visit(window, its row) for each that was measured, in the order of
  // the list.
  void for_each(
      const std::function<void(size_t window, std::span<const double> row)>&
          visit) const;
  // Calls visit(window, its tokens) for each that was measured, batch by batch,
  // so that memory is that of one. Errors: those of visit.
  Status for_each_tokens(
      const std::function<Status(size_t window, const TokenRows& tokens)>&
          visit) const;

 private:
  CorpusData() = default;
  Status take_batches(const std::vector<std::filesystem::path>& paths);

  CorpusHeader header_;
  std::vector<Journal> journals_;
  std::vector<std::span<const std::byte>> contents_;  // [batches]
  std::vector<std::span<const double>> rows_;         // [batches]
  std::vector<BranchAudit> audits_;                   // [batches]
  std::map<size_t, std::string> left_out_;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_DATA_H_
