// The experiments that give a result folder. Each takes its TOML file, so that
// the options of Python and of the command line are the same.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/progress_line.h"
#include "experiment/common/bundled.h"
#include "experiment/common/machine.h"
#include "experiment/corpus/corpus_run.h"
#include "experiment/corpus/corpus_shards.h"
#include "experiment/corpus/corpus_texts.h"
#include "experiment/kinds/kinds.h"
#include "experiment/lesion/sentence_pairs.h"
#include "experiment/sweep/sweep_plan.h"
#include "io/text_file.h"
#include "python/basis_handle.h"
#include "python/bindings.h"
#include "python/errors.h"
#include "python/interruptible.h"
#include "python/model_handle.h"
#include "python/outcome.h"
#include "report/report.h"

namespace excise {
namespace {

namespace nb = nanobind;

Provenance provenance_of(const ModelHandle& handle) {
  return {.program_version = std::string(program_version()),
          .model_name = handle.name,
          .load_seconds = handle.load_seconds};
}

// A model that is open has one way to read texts, and threads that serve where
// none are asked for.
void take_what_is_the_models(const ModelHandle& handle, RunOptions& options) {
  if (handle.model->tokenizer)
    options.reading = handle.model->tokenizer->reading();
  if (options.threads == 0) options.threads = handle.threads;
}

// Keeps `finished` for the folder that write(folder, model, finished,
// provenance) makes of it, and its report.
template <typename Finished, typename Write>
Outcome outcome_of(const ModelHandle& handle, Finished finished, Write write) {
  const auto kept = std::make_shared<Finished>(std::move(finished));
  return {[kept, write, model = handle.model,
           provenance =
               provenance_of(handle)](const OutputFolder& folder) -> Status {
    EXCISE_TRY(model->weights.file().confirmed(
        write(folder, *model, *kept, provenance)));
    return write_report(folder);
  }};
}

constexpr const char* kBasisFile = "basis.safetensors";

// With a basis that no file has yet; the result folder gets it.
template <typename Measured>
struct WithBasis : Measured {
  std::shared_ptr<const BasisSet> basis;

  // `ran`: the spec that the folder's experiment states.
  void state_basis(Spec& ran) const {
    if (!basis) return;
    ran.source.file = kBasisFile;
    ran.source.file_fingerprint = unwrap(content_fingerprint(*basis, {}));
  }
};
using FinishedSweep = WithBasis<SummarizedSweep>;

// `write` of the experiment, and the basis where there is one.
template <typename Finished, typename Write>
Outcome outcome_with_basis(const ModelHandle& handle, Finished finished,
                           Write write) {
  return outcome_of(
      handle, std::move(finished),
      [write](const OutputFolder& folder, const Model& model,
              const Finished& kept,
              const Provenance& provenance) -> Result<std::string> {
        if (kept.basis) {
          EXCISE_CHECK(write_basis_file(*kept.basis, folder.path(kBasisFile)));
        }
        return write(folder, model, kept, provenance);
      });
}

// The basis of one text that Python fitted, as its file states it.
std::shared_ptr<const BasisSet> fitted_here(const ModelHandle& handle,
                                            const PythonFit& fit,
                                            const SweepResult& result) {
  BasisSet set = fit.fitted();
  BasisProvenance& from = set.provenance;
  from.program_version = program_version();
  from.model = handle.name;
  from.model_fingerprint = handle.model->fingerprint();
  if (!result.spec.text.empty())
    from.text_fingerprint = text_fingerprint({result.spec.text});
  from.n_tokens = result.ids.size();
  return std::make_shared<const BasisSet>(std::move(set));
}

FinishedSweep run_sweep_with(const ModelHandle& handle, const Spec& spec,
                             std::optional<PythonFit>& fit,
                             const nb::object& report) {
  FinishedSweep finished;
  try {
    static_cast<SummarizedSweep&>(finished) =
        run_interruptible<SummarizedSweep>(
            report, [&](const Progress& progress) {
              return handle.model->weights.file().confirmed(
                  run_summarized(*handle.model, spec, progress));
            });
  } catch (const ErrorException&) {
    if (fit) fit->rethrow();
    throw;
  }
  Spec& ran = finished.result.spec;
  finished.basis = std::exchange(ran.source.given, nullptr);
  ran.source.fit = nullptr;
  // Of several texts each has a basis of its own, which no file can state.
  if (fit && ran.further_texts.empty())
    finished.basis = fitted_here(handle, *fit, finished.result);
  finished.state_basis(ran);
  return finished;
}

// basis: None, a BasisHandle, or (name, function) as PythonFit takes them.
Outcome sweep(const ModelHandle& handle, const std::string& experiment,
              const std::string& source, bool any_model,
              const nb::object& report, const nb::object& basis) {
  Spec spec = unwrap(parse_spec(experiment, source));
  take_model(handle.given, any_model, spec);
  take_what_is_the_models(handle, spec);
  std::optional<PythonFit> fit;
  if (nb::isinstance<BasisHandle>(basis)) {
    spec.source.given = nb::cast<BasisHandle>(basis).set;
  } else if (!basis.is_none()) {
    const auto [name, function] =
        nb::cast<std::pair<std::string, nb::callable>>(basis);
    fit.emplace(function, name, spec.hook);
    spec.source.fit = fit->function();
    spec.basis = name;
  }
  spec = unwrap(with_default_text(std::move(spec), handle.name));
  FinishedSweep finished = run_sweep_with(handle, spec, fit, report);
  return outcome_with_basis(handle, std::move(finished),
                            SweepExperiment::write);
}

// basis: None or a BasisHandle. rows: what the task's file would have; "" where
// it is a file.
Outcome task(const ModelHandle& handle, const std::string& experiment,
             const std::string& source, bool any_model,
             const nb::object& report, const nb::object& basis,
             const std::string& rows) {
  TaskSpec spec = unwrap(parse_task_spec(experiment, source));
  take_model(handle.given, any_model, spec);
  take_what_is_the_models(handle, spec);
  if (!rows.empty()) spec.given = rows;
  if (!basis.is_none()) spec.source.given = nb::cast<BasisHandle>(basis).set;
  WithBasis<MeasuredTask> finished;
  static_cast<MeasuredTask&>(finished) =
      run_interruptible<MeasuredTask>(report, [&](const Progress& progress) {
        return handle.model->weights.file().confirmed(
            run_task(*handle.model, spec, progress));
      });
  finished.basis = std::exchange(finished.spec.source.given, nullptr);
  finished.state_basis(finished.spec);
  return outcome_with_basis(handle, std::move(finished), TaskExperiment::write);
}

// Of an experiment that takes nothing but its file.
template <typename Kind>
Outcome of_file(const Kind& kind, const ModelHandle& handle,
                const std::string& experiment, const std::string& source,
                bool any_model, const nb::object& report) {
  auto spec = unwrap(kind.parse(experiment, source));
  take_model(handle.given, any_model, spec);
  take_what_is_the_models(handle, spec);
  using Finished = decltype(unwrap(kind.run(*handle.model, spec, Progress())));
  auto finished =
      run_interruptible<Finished>(report, [&](const Progress& progress) {
        return handle.model->weights.file().confirmed(
            kind.run(*handle.model, spec, progress));
      });
  return outcome_of(handle, std::move(finished), kind.write);
}

Outcome run_file(const ModelHandle& handle, const std::string& experiment,
                 const std::string& source, bool any_model,
                 const nb::object& report) {
  return with_kind_of(experiment, [&](const auto& kind) {
    if constexpr (std::is_same_v<decltype(kind), const SweepExperiment&>) {
      return sweep(handle, experiment, source, any_model, report, nb::none());
    } else {
      return of_file(kind, handle, experiment, source, any_model, report);
    }
  });
}

Outcome merged(const std::vector<std::string>& names,
               const nb::object& report) {
  const std::vector<std::filesystem::path> journals(names.begin(), names.end());
  const auto corpus = std::make_shared<MeasuredCorpus>(
      run_interruptible<MeasuredCorpus>(report, [&](const Progress& progress) {
        return read_corpus_journals(journals, progress);
      }));
  return {[corpus](const OutputFolder& folder) -> Status {
    EXCISE_TRY(write_corpus(folder, *corpus));
    return write_report(folder);
  }};
}

// What is measured goes to `journal`, which is gone on with where it is there;
// "" for one that nobody sees. shard: "2/5", or "" for all.
Outcome corpus(const ModelHandle& handle, const std::string& experiment,
               const std::string& source, bool any_model,
               const nb::object& report, const std::string& journal,
               const std::string& shard) {
  CorpusSpec spec = unwrap(parse_corpus_spec(experiment, source));
  take_model(handle.given, any_model, spec);
  take_what_is_the_models(handle, spec);
  const Model& model = *handle.model;
  if (journal.empty()) {
    return outcome_of(handle,
                      run_interruptible<MeasuredCorpus>(
                          report,
                          [&](const Progress& progress) {
                            return model.weights.file().confirmed(
                                run_corpus(model, spec, handle.name, progress));
                          }),
                      CorpusExperiment::write);
  }
  const Shard part = shard.empty() ? Shard() : unwrap(parse_shard(shard));
  run_interruptible(report, [&](const Progress& progress) {
    const CorpusRun run = unwrap(CorpusRun::prepare(
        model, spec, handle.name, std::string(program_version()), progress));
    unwrap(model.weights.file().confirmed(
        run.measure(journal, EarlierJournal::kGoOn, part, progress)));
  });
  if (shard.empty()) return merged({journal}, report);
  return {[part, journal](const OutputFolder& folder) -> Status {
    EXCISE_TRY(write_shard(folder, part, journal));
    return {};
  }};
}

// (key, default as in the file or "") of each option, by the experiment.
std::map<std::string, std::vector<std::pair<std::string, std::string>>>
option_defaults() {
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> all;
  for_each_kind([&](const auto& kind) {
    kind.with_options([&](const Fields& fields) {
      for (const Field& field : fields) {
        all[std::string(kind.kName)].emplace_back(field.key,
                                                  toml_value(field.value));
      }
    });
  });
  return all;
}

void save(const Outcome& outcome, const std::filesystem::path& target,
          bool replace) {
  const nb::gil_scoped_release unlocked;
  OutputFolder folder =
      unwrap(OutputFolder::create(target, replace, "force=True"));
  unwrap(outcome.write(folder));
  unwrap(folder.commit());
}

// The two words, the pairs as an experiment file has them, and how many \r\n
// were read as \n.
std::tuple<std::vector<std::string>, std::vector<std::string>, size_t>
read_pairs(const std::filesystem::path& path) {
  const PlainText read = unwrap(read_plain_text(path));
  const PairSet set = unwrap(parse_pairs(read.text, path.string()));
  return {{set.first_word, set.second_word},
          pair_rows(set),
          read.windows_line_ends};
}

}  // namespace

void bind_experiments(nb::module_& module) {
  nb::class_<Outcome>(module, "Outcome", "A finished experiment.")
      .def("save", &save, nb::arg("folder"), nb::arg("replace"),
           nb::sig("def save(self, folder: str | os.PathLike[str], replace: "
                   "bool) -> None"));
  const auto experiment = [&](const char* name, auto function,
                              const auto&... further) {
    module.def(name, function, nb::arg("model"), nb::arg("experiment"),
               nb::arg("source"), nb::arg("any_model"),
               nb::arg("report").none(), further...,
               "Runs the experiment of a TOML text on an opened model.");
  };
  experiment("sweep", &sweep, nb::arg("basis") = nb::none());
  experiment("task", &task, nb::arg("basis") = nb::none(),
             nb::arg("rows") = "");
  experiment("run_file", &run_file);
  experiment("corpus", &corpus, nb::arg("journal") = "", nb::arg("shard") = "");
  module.def("merge_journals", &merged, nb::arg("journals"),
             nb::arg("report").none(), "One corpus of the journals of shards.");
  module.def(
      "shard_journals",
      [](const std::vector<std::string>& names) {
        const std::vector<std::filesystem::path> folders(names.begin(),
                                                         names.end());
        std::vector<std::string> journals;
        for (const std::filesystem::path& path :
             unwrap(shard_journals(folders)))
          journals.push_back(path.string());
        return journals;
      },
      nb::arg("folders"), "The journals of all shards of a run.");
  module.def("corpus_files", &corpus_files, nb::arg("names"),
             "The files that a corpus reads.");
  module.def(
      "processor_instructions", &processor_instructions,
      "Which kernels are taken: with others numbers end in other digits.");
  module.def("option_defaults", &option_defaults,
             "Keys and defaults of the options of each experiment.");
  module.def(
      "parse_bytes",
      [](const std::string& text) { return unwrap(parse_bytes(text)); },
      nb::arg("text"), "\"1.5G\" in bytes.");
  module.def("read_pairs", &read_pairs, nb::arg("path"),
             nb::sig("def read_pairs(path: str | os.PathLike[str]) -> "
                     "tuple[list[str], list[str], int]"),
             "The two words of a table of pairs, its pairs by tabs, and its "
             "line ends of Windows.");
  module.def("progress_line", &progress_line, nb::arg("stage"), nb::arg("done"),
             nb::arg("total"), nb::arg("seconds"));
}

}  // namespace excise
