#include "experiment/corpus/corpus_run.h"

#include <malloc.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <new>
#include <set>
#include <utility>
#include <vector>

#include "core/threads.h"
#include "experiment/corpus/batch_record.h"
#include "experiment/corpus/text_sums.h"
#include "experiment/sweep/text_batch.h"
#include "intervention/decomposition.h"
#include "io/journal.h"

namespace excise {
namespace {

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

// The journal that a run begins or goes on with.
Result<JournalWriter> open_journal(const std::filesystem::path& path,
                                   EarlierJournal earlier,
                                   const CorpusHeader& header) {
  std::error_code ignored;
  if (earlier == EarlierJournal::kReplace) {
    // Only what is one: --force is no licence for other files.
    if (std::filesystem::exists(path, ignored)) EXCISE_TRY(Journal::open(path));
    std::filesystem::remove(path, ignored);
  }
  if (!std::filesystem::exists(path, ignored))
    return JournalWriter::create(path, write_header(header));
  if (earlier == EarlierJournal::kRefuse) {
    return refuse(path.string(), "no earlier run",
                  "one that did not come to its end",
                  "--resume goes on with it, --force begins anew");
  }
  const Journal journal = EXCISE_TRY(Journal::open(path));
  const CorpusHeader there =
      EXCISE_TRY(read_header(journal.header(), path.string()));
  const std::string differs = difference(there, header);
  if (differs.empty()) return JournalWriter::go_on(path);
  return refuse(path.string(), "a journal of this very run",
                "another one: " + differs,
                "ask for the same again, or begin anew with --force");
}

// From the whole list, so that no number depends on shards.
Status share_controls(const SweepPlan& any, const CorpusList& list,
                      const Progress& progress, TextPlanner& planner) {
  std::vector<size_t> tokens;
  for (const Window& window : list.windows)
    tokens.push_back(list.ids_of(window).size());
  std::vector<std::vector<int>> drawn;
  for (const size_t i : drawn_texts(tokens, any.spec.seed)) {
    const auto ids = list.ids_of(list.windows[i]);
    drawn.emplace_back(ids.begin(), ids.end());
  }
  return planner.share_controls(any, drawn, progress);
}

// The share of variance that was removed, where the layer is one of the plan's.
void take_share(const SweepPlan& plan, const SumsLayout& layout, size_t layer,
                MatrixView<const float> value, const LayerEditor& editor,
                std::span<double> row) {
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    if (plan.layers[i] == layer)
      row[layout.share(i)] =
          energy_share(*editor.decomposition(), value, editor.removed());
  }
}

}  // namespace

Result<Shard> parse_shard(std::string_view text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool slash =
      index.ec == std::errc() && index.ptr < end && *index.ptr == '/';
  const auto count =
      slash ? std::from_chars(index.ptr + 1, end, shard.count)
            : std::from_chars_result{end, std::errc::invalid_argument};
  constexpr size_t kMost = 100000;
  if (count.ec == std::errc() && count.ptr == end && shard.index >= 1 &&
      shard.index <= shard.count && shard.count <= kMost) {
    return shard;
  }
  return refuse("shard", "i/n, such as 2/5, with i from 1 to n",
                "\"" + std::string(text) + "\"");
}

Result<CorpusRun> CorpusRun::prepare(const Model& model, const CorpusSpec& spec,
                                     const std::string& name,
                                     const std::string& program,
                                     const Progress& progress) {
  EXCISE_CHECK(check_corpus_spec(spec));
  const int threads = use_threads(spec.threads);
  CorpusList list = EXCISE_TRY(list_corpus(model, spec, progress));
  CorpusRun run(model, spec,
                EXCISE_TRY(TextPlanner::prepare(model, spec, progress)));
  // Of the first window that has a plan: they differ in nothing else.
  std::optional<Error> why;
  for (const Window& window : list.windows) {
    const auto ids = list.ids_of(window);
    const auto plan = run.planner_.plan({ids.begin(), ids.end()});
    if (!plan) {
      if (!why) why = plan.error();
      continue;
    }
    EXCISE_CHECK(share_controls(*plan, list, progress, run.planner_));
    run.header_ = header_of(model, name, program, spec, list, *plan, threads);
    run.list_ = std::move(list);
    return run;
  }
  return tl::unexpected<Error>(std::move(*why));
}

Result<std::string> CorpusRun::measure_batch(size_t batch,
                                             const Progress& progress) const {
  const size_t first = list_.batches[batch];
  BatchRecord record(header_.windows_of(batch), header_.layout());
  std::vector<SweepPlan> plans;
  std::vector<size_t> planned;  // windows of the batch that have one
  for (size_t i = 0; i < record.windows(); ++i) {
    const auto ids = list_.ids_of(list_.windows[first + i]);
    auto plan = planner_.plan({ids.begin(), ids.end()});
    if (!plan) {
      record.leave_out(i, plan.error().message);
      continue;
    }
    plans.push_back(std::move(*plan));
    planned.push_back(i);
  }
  const auto measure = [&](size_t from, size_t count) -> Status {
    const auto some = std::span(plans).subspan(from, count);
    BranchAudit audit;
    const BatchOutput output = EXCISE_TRY(sweep_batch(
        model_, some, progress, audit,
        [&](size_t text, size_t layer, MatrixView<const float> value,
            const LayerEditor& editor) {
          take_share(some[text], header_.layout(), layer, value, editor,
                     record.row(planned[from + text]));
        }));
    const SweepPlan& plan = some.front();
    for (const double d :
         output.output.effects[plan.branches.no_op].delta_logprob) {
      audit.no_op_max_abs_delta_logprob =
          std::max(audit.no_op_max_abs_delta_logprob, std::abs(d));
    }
    EXCISE_CHECK(check_branches(audit, "corpus", plan.no_op_layer));
    record.add_audit(audit);
    for (size_t text = 0; text < count; ++text) {
      const size_t i = planned[from + text];
      sum_text(some[text], output, text, list_.windows[first + i].context,
               header_.layout(), record.row(i));
      if (spec_.keep_tokens) {
        record.keep_tokens(i, token_rows(model_, some[text], output, text,
                                         list_.windows[first + i].context));
      }
    }
    return {};
  };
  const auto is_of_a_text = [](const Error& error) {
    return error.code == ErrorCode::kBadInput;
  };
  if (!plans.empty()) {
    const Status all = measure(0, plans.size());
    if (!all && !is_of_a_text(all.error()))
      return tl::unexpected<Error>(all.error());
    // One after the other, to say which of them it is.
    for (size_t i = 0; !all && i < plans.size(); ++i) {
      const Status one = measure(i, 1);
      if (one) continue;
      if (!is_of_a_text(one.error())) return tl::unexpected<Error>(one.error());
      record.leave_out(planned[i], one.error().message);
    }
  }
  if (spec_.strict && !record.left_out().empty()) {
    const auto& [window, reason] = *record.left_out().begin();
    return refuse(list_.texts[list_.windows[first + window].text].name,
                  "a text that can be measured", reason,
                  "without --strict it is left out, and listed");
  }
  return record.bytes();
}

Result<double> CorpusRun::estimate(const Shard& shard,
                                   const Progress& progress) const {
  const size_t middle = list_.batch_count() / 2;
  // The first one also pays for memory and kernels that all others find.
  EXCISE_TRY(measure_batch(middle, progress));
  const auto start = std::chrono::steady_clock::now();
  EXCISE_TRY(measure_batch(middle, progress));
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  const auto tokens_of = [&](size_t batch) {
    size_t tokens = 0;
    for (size_t i = list_.batches[batch]; i < list_.batches[batch + 1]; ++i)
      tokens += list_.windows[i].tokens;
    return static_cast<double>(tokens);
  };
  double tokens = 0;
  for (size_t batch = 0; batch < list_.batch_count(); ++batch)
    tokens += shard.has(batch) ? tokens_of(batch) : 0;
  return took.count() * tokens / tokens_of(middle);
}

Status CorpusRun::measure(const std::filesystem::path& journal,
                          EarlierJournal earlier, const Shard& shard,
                          const Progress& progress) const {
  try {
    JournalWriter writer = EXCISE_TRY(open_journal(journal, earlier, header_));
    std::set<size_t> done;
    const Journal before = EXCISE_TRY(Journal::open(journal));
    for (const Journal::Record& record : before.records())
      done.insert(record.number);
    std::vector<size_t> left;
    size_t all = 0;
    for (size_t batch = 0; batch < list_.batch_count(); ++batch) {
      if (!shard.has(batch)) continue;
      ++all;
      if (!done.contains(batch)) left.push_back(batch);
    }
    constexpr size_t kParts = 100;  // of a batch, for progress
    for (size_t i = 0; i < left.size(); ++i) {
      Progress within = progress;
      if (progress.report) {
        within.report = [&](std::string_view, size_t part, size_t parts) {
          progress.report(
              "batches",
              i * kParts + kParts * part / std::max<size_t>(parts, 1),
              left.size() * kParts);
        };
      }
      const std::string record = EXCISE_TRY(measure_batch(left[i], within));
      EXCISE_CHECK(writer.append(
          left[i], std::as_bytes(std::span(record.data(), record.size()))));
      // Texts of other lengths leave other gaps: memory would grow with them.
      ::malloc_trim(0);
      progress.advance("batches", (i + 1) * kParts, left.size() * kParts);
      EXCISE_CHECK(progress.check_cancelled());
    }
    return {};
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                {.where = "corpus",
                 .subject = "memory",
                 .expected = "more of it",
                 .found = "none left",
                 .hint = "--resume goes on with what was measured; "
                         "--memory-limit takes less at a time"});
  }
}

}  // namespace excise
