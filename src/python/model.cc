#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <map>

#include "experiment/common/bundled.h"
#include "model/architecture/family.h"
#include "model/architecture/hooks.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/errors.h"
#include "python/fork.h"
#include "python/model_handle.h"
#include "run/run_options.h"

namespace excise {
namespace {

namespace nb = nanobind;

// place: where it is looked for.
ModelHandle load(const std::string& place, const std::string& shown_name,
                 const std::string& given, const std::string& bos,
                 const std::string& special_tokens, int threads) {
  const nb::gil_scoped_release unlocked;
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto folder = unwrap(locate_model(place));
  auto model = std::make_shared<Model>(unwrap(Model::open(folder)));
  unwrap(model->use({.bos = unwrap(parse_bos(bos)),
                     .special = unwrap(parse_special_tokens(special_tokens))}));
  return {std::move(model), shown_name, given,
          std::chrono::duration<double>(Clock::now() - start).count(), threads};
}

const Tokenizer& tokenizer_of(const ModelHandle& handle) {
  if (!handle.model->tokenizer) {
    unwrap(fail(ErrorCode::kBadInput,
                {.where = "model",
                 .subject = handle.model->path.string(),
                 .expected = "vocab.json and merges.txt, or tokenizer.json",
                 .found = "none of them",
                 .hint = "give token ids instead of text"}));
  }
  return *handle.model->tokenizer;
}

TextReading reading_of(const ModelHandle& handle) {
  return handle.model->tokenizer ? handle.model->tokenizer->reading()
                                 : TextReading();
}

nb::object encode(const ModelHandle& handle, const std::string& text) {
  const std::vector<int> ids = unwrap(tokenizer_of(handle).encode(text));
  auto out = Matrix<int64_t>::uninitialized(1, ids.size());
  std::copy(ids.begin(), ids.end(), out.values().begin());
  return to_array(std::move(out), {ids.size()});
}

// Refuses ids that the model does not have.
void check_vocabulary(const ModelHandle& handle, std::span<const int> ids) {
  const size_t d_vocab = handle.model->config.d_vocab;
  for (const int id : ids) {
    if (id >= 0 && static_cast<size_t>(id) < d_vocab) continue;
    unwrap(Status(fail(ErrorCode::kBadInput,
                       {.where = "tokenizer",
                        .subject = "token id",
                        .expected = "0 to " + std::to_string(d_vocab - 1),
                        .found = std::to_string(id)})));
  }
}

nb::bytes decode(const ModelHandle& handle, const IdsArgument& ids) {
  const std::vector<int> checked = unwrap(read_ids(ids));
  check_vocabulary(handle, checked);
  const std::string text = unwrap(tokenizer_of(handle).decode_text(checked));
  return nb::bytes(text.data(), text.size());
}

std::vector<std::string> pieces(const ModelHandle& handle,
                                const IdsArgument& ids) {
  const Tokenizer& tokenizer = tokenizer_of(handle);
  const std::vector<int> checked = unwrap(read_ids(ids));
  check_vocabulary(handle, checked);
  std::vector<std::string> out;
  for (const int id : checked) out.push_back(tokenizer.piece(id));
  return out;
}

nb::dict config(const ModelHandle& handle) {
  const ModelConfig& config = handle.model->config;
  nb::dict out;
  out["architecture"] = std::string(config.family->model_type);
  out["n_layers"] = config.n_layers;
  out["d_model"] = config.d_model;
  out["n_heads"] = config.n_heads;
  out["n_key_value_heads"] = config.n_kv_heads;
  out["d_head"] = config.d_head;
  out["d_mlp"] = config.d_mlp;
  out["n_ctx"] = config.n_ctx;
  out["d_vocab"] = config.d_vocab;
  out["act_fn"] = std::string(activation_name(config.architecture.activation));
  out["normalization_type"] =
      config.architecture.norm == NormKind::kLayer ? "LN" : "RMS";
  out["eps"] = static_cast<double>(config.architecture.norm_epsilon);
  return out;
}

std::vector<std::string> names(const std::vector<HookSite>& sites) {
  std::vector<std::string> out;
  out.reserve(sites.size());
  for (const HookSite& site : sites) out.push_back(hook_name(site));
  return out;
}

// Every name of a hook, of the module of Transformers that it sees too -> its
// own.
nb::dict hook_spellings(const ModelHandle& handle) {
  nb::dict out;
  const ModelConfig& config = handle.model->config;
  const size_t prefix = config.family->tensors.prefix.size();
  for (const HookSite& site : readable_sites(config)) {
    const std::string name = hook_name(site);
    out[nb::cast(name)] = name;
    for (const std::string& module : module_names(site, config)) {
      out[nb::cast(module)] = name;
      out[nb::cast(module.substr(prefix))] = name;
    }
  }
  return out;
}

// Views of the mapped file where it stores float32, else of widened copies.
nb::dict layer_weights(const ModelHandle& handle, size_t layer) {
  const size_t n_layers = handle.model->config.n_layers;
  if (layer >= n_layers) {
    unwrap(fail(ErrorCode::kBadInput,
                {.where = "model",
                 .subject = "layer " + std::to_string(layer),
                 .expected = "0 to " + std::to_string(n_layers - 1),
                 .found = "a layer that this model does not have"}));
  }
  struct Owner {
    std::shared_ptr<const Model> model;
    LayerWeights weights;
  };
  std::shared_ptr<Owner> owner;
  {
    const nb::gil_scoped_release unlocked;
    owner = std::make_shared<Owner>(
        Owner{handle.model, unwrap(handle.model->weights.layer(layer))});
  }
  const nb::capsule kept = keep(owner);
  const LayerWeights& w = owner->weights;
  nb::dict out;
  const auto add = [&](const char* name, MatrixView<const float> view) {
    const Shape shape =
        view.rows() == 1 ? Shape{view.cols()} : Shape{view.rows(), view.cols()};
    out[name] = array_view<const float>(view.data(), shape, kept);
  };
  add("ln1.w", w[Slot::kNorm1].weight);
  add("ln1.b", w[Slot::kNorm1].bias);
  add("W_QKV", w[Slot::kQkv].weight);
  add("b_QKV", w[Slot::kQkv].bias);
  add("W_O", w[Slot::kO].weight);
  add("b_O", w[Slot::kO].bias);
  add("ln2.w", w[Slot::kNorm2].weight);
  add("ln2.b", w[Slot::kNorm2].bias);
  add("W_in", w[Slot::kIn].weight);
  add("b_in", w[Slot::kIn].bias);
  add("W_out", w[Slot::kOut].weight);
  add("b_out", w[Slot::kOut].bias);
  return out;
}

}  // namespace

void bind_model(nb::module_& module) {
  module.def(
      "version", [] { return std::string(program_version()); },
      "The version of the program that this module is.");
  module.def(
      "bundled_text", [] { return std::string(bundled_text()); },
      "The paragraph that the program takes when baker-7m gets no text.");
  nb::class_<ModelHandle>(module, "Model", "An opened model.")
      .def_ro("name", &ModelHandle::name)
      .def_ro("given", &ModelHandle::given)
      .def_ro("load_seconds", &ModelHandle::load_seconds)
      .def_ro("threads", &ModelHandle::threads)
      .def_prop_ro(
          "folder",
          [](const ModelHandle& handle) { return handle.model->path.string(); })
      .def_prop_ro("fingerprint",
                   [](const ModelHandle& handle) {
                     const Working working;
                     const nb::gil_scoped_release unlocked;
                     return handle.model->fingerprint();
                   })
      .def_prop_ro("tokenizer_fingerprint",
                   [](const ModelHandle& handle) {
                     return handle.model->tokenizer_fingerprint(true);
                   })
      .def_prop_ro("config", &config,
                   nb::sig("def config(self) -> dict[str, typing.Any]"))
      .def_prop_ro("bos",
                   [](const ModelHandle& handle) {
                     return std::string(bos_name(reading_of(handle).bos));
                   })
      .def_prop_ro(
          "special_tokens",
          [](const ModelHandle& handle) {
            return std::string(special_tokens_name(reading_of(handle).special));
          })
      .def_prop_ro("has_tokenizer",
                   [](const ModelHandle& handle) {
                     return handle.model->tokenizer.has_value();
                   })
      .def_prop_ro("hook_names",
                   [](const ModelHandle& handle) {
                     return names(readable_sites(handle.model->config));
                   })
      .def_prop_ro("editable_hook_names",
                   [](const ModelHandle& handle) {
                     return names(hook_sites(handle.model->config));
                   })
      .def(
          "find_hooks",
          [](const ModelHandle& handle, const std::string& name) {
            return names(unwrap(find_readable(name, handle.model->config)));
          },
          nb::arg("name"), "The hook points that a name means.")
      .def(
          "find_editable",
          [](const ModelHandle& handle, const std::string& name) {
            return names(unwrap(find_hooks(name, handle.model->config)));
          },
          nb::arg("name"), "Those among them that can be edited.")
      .def_prop_ro("hook_spellings", &hook_spellings,
                   nb::sig("def hook_spellings(self) -> dict[str, str]"))
      .def("layer_weights", &layer_weights, nb::arg("layer"),
           nb::sig("def layer_weights(self, layer: int) -> "
                   "dict[str, numpy.typing.NDArray[numpy.float32]]"))
      .def("encode", &encode, nb::arg("text"),
           nb::sig("def encode(self, text: str) -> "
                   "numpy.typing.NDArray[numpy.int64]"))
      .def("decode", &decode, nb::arg("ids"))
      .def("pieces", &pieces, nb::arg("ids"));
  module.def("load", &load, nb::arg("place"), nb::arg("name"), nb::arg("given"),
             nb::arg("bos"), nb::arg("special_tokens"), nb::arg("threads"));
  module.attr("MOST_THREADS") = kMaxThreads;
}

}  // namespace excise
