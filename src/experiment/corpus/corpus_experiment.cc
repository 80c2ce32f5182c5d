#include "experiment/corpus/corpus_experiment.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "experiment/common/bundled.h"
#include "experiment/corpus/corpus_run.h"

namespace excise {
namespace {

// A folder of this process alone, removed with what is in it: what is mapped
// stays readable.
class ScratchFolder {
 public:
  static Result<ScratchFolder> create() {
    std::error_code error;
    std::string name =
        (std::filesystem::temp_directory_path(error) / "excise-XXXXXX")
            .string();
    if (!error && mkdtemp(name.data()) != nullptr) return ScratchFolder(name);
    return fail(ErrorCode::kIo,
                {.where = "corpus",
                 .subject = name,
                 .expected = "a folder for what is measured",
                 .found = error ? error.message() : std::strerror(errno),
                 .hint = "TMPDIR names another place"});
  }
  ScratchFolder(ScratchFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace

Result<MeasuredCorpus> read_corpus_journals(
    std::span<const std::filesystem::path> journals, const Progress& progress) {
  const auto data = std::make_shared<const CorpusData>(
      EXCISE_TRY(CorpusData::open(journals)));
  // Not within the braces: an error would leave what they have already.
  CorpusSummary summary = EXCISE_TRY(summarize_corpus(*data, progress));
  return MeasuredCorpus{data, std::move(summary)};
}

Result<MeasuredCorpus> run_corpus(const Model& model, const CorpusSpec& spec,
                                  const Progress& progress) {
  return run_corpus(model, spec, model.path.filename().string(), progress);
}

Result<MeasuredCorpus> run_corpus(const Model& model, const CorpusSpec& spec,
                                  const std::string& name,
                                  const Progress& progress) {
  const ScratchFolder scratch = EXCISE_TRY(ScratchFolder::create());
  const std::filesystem::path journal = scratch.path() / kJournalName;
  const CorpusRun run = EXCISE_TRY(CorpusRun::prepare(
      model, spec, name, std::string(program_version()), progress));
  EXCISE_CHECK(
      run.measure(journal, EarlierJournal::kRefuse, Shard(), progress));
  return read_corpus_journals({{journal}}, progress);
}

Result<std::string> write_corpus(const OutputFolder& folder,
                                 const MeasuredCorpus& corpus,
                                 TableFormats formats) {
  EXCISE_CHECK(corpus.data->write_journal(folder.path(kJournalName)));
  return write_corpus_results(folder, *corpus.data, corpus.summary, formats);
}

Result<std::string> write_corpus(const OutputFolder& folder,
                                 const Model& /*model*/,
                                 const MeasuredCorpus& corpus,
                                 const Provenance& /*provenance*/) {
  return write_corpus(folder, corpus);
}

}  // namespace excise
