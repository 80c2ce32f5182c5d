#include "experiment/corpus/corpus_data.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "experiment/corpus/batch_record.h"

namespace excise {
namespace {

tl::unexpected<Error> refuse(const std::filesystem::path& path,
                             std::string expected, std::string found,
                             std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = path.string(),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

}  // namespace

Result<CorpusData> CorpusData::open(
    std::span<const std::filesystem::path> journals) {
  CorpusData data;
  for (const std::filesystem::path& path : journals) {
    data.journals_.push_back(EXCISE_TRY(Journal::open(path)));
    CorpusHeader header =
        EXCISE_TRY(read_header(data.journals_.back().header(), path.string()));
    if (data.journals_.size() == 1) {
      data.header_ = std::move(header);
      continue;
    }
    const std::string differs = difference(data.header_, header);
    if (differs.empty()) continue;
    return refuse(path, "a part of the same run as " + journals[0].string(),
                  "another one: " + differs);
  }
  EXCISE_CHECK(data.take_batches({journals.begin(), journals.end()}));
  return data;
}

Status CorpusData::take_batches(
    const std::vector<std::filesystem::path>& paths) {
  rows_.resize(header_.batch_count());
  contents_.resize(rows_.size());
  audits_.resize(rows_.size());
  std::vector<std::optional<size_t>> from(rows_.size());  // which journal
  for (size_t j = 0; j < journals_.size(); ++j) {
    for (const Journal::Record& written : journals_[j].records()) {
      const size_t batch = written.number;
      if (batch >= rows_.size())
        return refuse(paths[j], "batches of this run", "one that it lacks");
      // Within a journal the first counts.
      if (from[batch] == j) continue;
      if (from[batch]) {
        return refuse(paths[j],
                      "batches that " + paths[*from[batch]].string() + " lacks",
                      "batch " + std::to_string(batch + 1) + ", which it has",
                      "each shard once");
      }
      from[batch] = j;
      const size_t windows = header_.windows_of(batch);
      const auto record =
          BatchRecord::read(written.content, windows, header_.layout());
      if (!record) {
        return fail(ErrorCode::kBadFile, {.where = "journal",
                                          .subject = paths[j].string(),
                                          .expected = "rows of its windows",
                                          .found = "something else"});
      }
      contents_[batch] = written.content;
      audits_[batch] = record->audit();
      rows_[batch] =
          *BatchRecord::rows_of(written.content, windows, header_.layout());
      for (const auto& [window, reason] : record->left_out())
        left_out_[header_.batches[batch] + window] = reason;
    }
  }
  std::string missing;
  size_t count = 0;
  for (size_t batch = 0; batch < from.size(); ++batch) {
    if (from[batch]) continue;
    constexpr size_t kNamed = 5;
    if (count++ < kNamed)
      missing += (missing.empty() ? "" : ", ") + std::to_string(batch + 1);
  }
  if (count == 0) return {};
  return refuse(paths[0],
                "all " + std::to_string(from.size()) + " batches of the run",
                std::to_string(count) + " missing (" + missing +
                    (count > 5 ? ", ..." : "") + ")",
                paths.size() == 1 ? "--resume goes on with it"
                                  : "a shard is missing or not finished");
}

BranchAudit CorpusData::audit() const {
  BranchAudit all;
  std::map<size_t, std::pair<size_t, RoundingError>> by_layer;  // and counts
  for (const BranchAudit& one : audits_) {
    all.no_op_max_abs_delta_logprob = std::max(all.no_op_max_abs_delta_logprob,
                                               one.no_op_max_abs_delta_logprob);
    all.edits_expected += one.edits_expected;
    all.edits_fired += one.edits_fired;
    for (const RoundingError& error : one.rounding) {
      auto& [count, sum] = by_layer[error.layer];
      ++count;
      sum.layer = error.layer;
      sum.rms_effect += error.rms_effect * error.rms_effect;
      sum.rms_error += error.rms_error * error.rms_error;
    }
  }
  for (const auto& [layer, counted] : by_layer) {
    const auto& [count, sum] = counted;
    const auto root = [n = static_cast<double>(count)](double squares) {
      return std::sqrt(squares / n);
    };
    all.rounding.push_back({layer, root(sum.rms_effect), root(sum.rms_error)});
  }
  return all;
}

Status CorpusData::write_journal(const std::filesystem::path& path) const {
  JournalWriter writer =
      EXCISE_TRY(JournalWriter::create(path, journals_.front().header()));
  for (size_t batch = 0; batch < contents_.size(); ++batch)
    EXCISE_CHECK(writer.append(batch, contents_[batch]));
  return {};
}

void CorpusData::for_each(
    const std::function<void(size_t, std::span<const double>)>& visit) const {
  const size_t width = header_.layout().width();
  for (size_t batch = 0; batch < rows_.size(); ++batch) {
    for (size_t i = 0; i < header_.windows_of(batch); ++i) {
      const auto row = rows_[batch].subspan(i * width, width);
      if (row[SumsLayout::kTokens] < 0) continue;
      visit(header_.batches[batch] + i, row);
    }
  }
}

Status CorpusData::for_each_tokens(
    const std::function<Status(size_t, const TokenRows&)>& visit) const {
  for (size_t batch = 0; batch < contents_.size(); ++batch) {
    const size_t windows = header_.windows_of(batch);
    // It was whole when it was opened.
    const auto record =
        BatchRecord::read(contents_[batch], windows, header_.layout());
    for (size_t i = 0; record && i < windows; ++i) {
      if (record->tokens(i).size() > 0)
        EXCISE_CHECK(visit(header_.batches[batch] + i, record->tokens(i)));
    }
  }
  return {};
}

}  // namespace excise
