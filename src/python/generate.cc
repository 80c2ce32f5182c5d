// Continuations of a prompt, with edits of files and of Python.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "core/threads.h"
#include "edit/generation.h"
#include "edit/generation_json.h"
#include "experiment/common/bundled.h"
#include "io/utf8.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/edit_handle.h"
#include "python/errors.h"
#include "python/interruptible.h"
#include "python/model_handle.h"
#include "python/python_calls.h"

namespace excise {
namespace {

namespace nb = nanobind;

// A site and function(array, position of its first row), which changes the
// array in place.
using PythonHook = std::pair<std::string, nb::callable>;

struct Request {
  EditsHandle edits;
  std::vector<PythonHook> functions;
  bool compare = false;
  size_t samples = 1;
  GenerationOptions options;
};

SequenceHook hook_of(const PythonHook& hook, const ModelConfig& config,
                     PythonCalls& calls) {
  const HookSite site = unwrap(find_hooks(hook.first, config)).at(0);
  return {site, [site, function = &hook.second, &config, &calls](
                    MatrixView<float> value, size_t first_position) {
            return edit_by(*function, calls, site, config, value,
                           first_position);
          }};
}

std::vector<ContinuationRequest> plan(const Request& request,
                                      const std::vector<Edit>& edits,
                                      const ModelConfig& config,
                                      PythonCalls& calls,
                                      std::vector<ContinuationLabel>& labels) {
  std::vector<SequenceHook> hooks = sequence_hooks(edits);
  for (const PythonHook& function : request.functions)
    hooks.push_back(hook_of(function, config, calls));
  std::vector<ContinuationRequest> requests;
  for (size_t sample = 0; sample < request.samples; ++sample) {
    if (hooks.empty() || request.compare) {
      requests.push_back({{}, sample});
      labels.push_back({"clean", sample});
    }
    if (!hooks.empty()) {
      requests.push_back({hooks, sample});
      labels.push_back({"edited", sample});
    }
  }
  return requests;
}

std::string run(const ModelHandle& handle, const IdsArgument& ids,
                const Request& request, const nb::object& on_token,
                const nb::object& report) {
  const Model& model = *handle.model;
  const std::vector<int> prompt = unwrap(read_ids(ids));
  unwrap(check_generation(model.config, prompt, request.options));
  const std::vector<Edit>& edits = *request.edits.edits;
  PythonCalls calls("generate");
  std::vector<ContinuationLabel> labels;
  const auto requests = plan(request, edits, model.config, calls, labels);
  const bool heard = !on_token.is_none();
  std::vector<Utf8Stream> streams(labels.size());
  const auto tell = [&](size_t c, const std::string& text) {
    on_token(text, labels[c].branch, labels[c].sample);
  };
  const auto generated = [&](const Progress& progress) -> Result<Generation> {
    const ThreadCount threads(handle.threads);
    size_t produced = 0;
    const TokenCallback next = [&](size_t c, int id) -> Status {
      progress.advance("tokens", ++produced,
                       requests.size() * request.options.max_tokens);
      if (!heard || !model.tokenizer) return {};
      const std::string text =
          streams[c].push(EXCISE_TRY(model.tokenizer->decode({&id, 1})));
      if (text.empty()) return {};
      return calls.guarded([&] { tell(c, text); });
    };
    // Prompts read the file before anything of it is checked.
    EXCISE_CHECK(model.weights.file().check_unchanged());
    IncrementalForward forward =
        EXCISE_TRY(IncrementalForward::create(model.config, model.weights));
    return model.weights.file().confirmed(
        generate(model.config, forward, prompt, requests, request.options, next,
                 progress));
  };
  try {
    const Generation generation =
        run_interruptible<Generation>(report, generated);
    for (size_t c = 0; heard && c < streams.size(); ++c) {
      if (const std::string rest = streams[c].finish(); !rest.empty())
        tell(c, rest);
    }
    return generation_json(model, prompt, edits, request.options, labels,
                           generation,
                           {.program_version = std::string(program_version()),
                            .model_name = handle.name,
                            .load_seconds = handle.load_seconds});
  } catch (const ErrorException&) {
    calls.rethrow();
    throw;
  }
}

std::string generate_text(const ModelHandle& model, const IdsArgument& ids,
                          const EditsHandle& edits,
                          const std::vector<PythonHook>& functions,
                          bool compare, size_t samples, size_t max_tokens,
                          double temperature, size_t top_k, double top_p,
                          uint64_t seed, bool slide, bool ignore_end,
                          const nb::object& on_text, const nb::object& report) {
  Request request{edits, functions, compare, samples, {}};
  request.options.max_tokens = max_tokens;
  request.options.sampling = {temperature, top_k, top_p};
  request.options.seed = seed;
  request.options.stop_at_end = !ignore_end;
  request.options.past_context =
      slide ? PastContext::kSlide : PastContext::kStop;
  return run(model, ids, request, on_text, report);
}

}  // namespace

void bind_generate(nb::module_& module) {
  module.def(
      "generate", &generate_text, nb::arg("model"), nb::arg("ids"),
      nb::arg("edits"), nb::arg("functions"), nb::arg("compare"),
      nb::arg("samples"), nb::arg("max_tokens"), nb::arg("temperature"),
      nb::arg("top_k"), nb::arg("top_p"), nb::arg("seed"), nb::arg("slide"),
      nb::arg("ignore_end"), nb::arg("on_text").none(),
      nb::arg("report").none(),
      nb::sig("def generate(model: Model, ids: "
              "numpy.typing.NDArray[numpy.int64], edits: "
              "OpenEdits, functions: "
              "collections.abc.Sequence[tuple[str, "
              "collections.abc.Callable[[numpy.typing.NDArray[numpy.float32], "
              "int], None]]], compare: bool, samples: int, max_tokens: int, "
              "temperature: float, top_k: int, top_p: float, seed: int, "
              "slide: bool, ignore_end: bool, on_text: object, report: "
              "object) -> str"),
      "Gives the JSON of `excise generate --json`.");
}

}  // namespace excise
