#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/architecture_text.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/sweep_cost.h"
#include "experiment/common/json_values.h"
#include "io/utf8.h"
#include "model/architecture/family.h"
#include "model/architecture/hooks.h"
#include "model/model.h"

namespace excise {
namespace {

struct Options {
  std::string model;
  bool json = false;
};

// "blocks.{l}.mlp.hook_pre"
struct HookLine {
  std::string name;
  HookPoint point;
};

// Each hook once, of those that can be edited or of those that are only read.
std::vector<HookLine> hook_lines(const ModelConfig& config, bool only_read) {
  const std::string first = "blocks.0.";
  std::vector<HookLine> lines;
  for (const HookSite& site : readable_sites(config)) {
    if (is_only_read(site.point) != only_read) continue;
    std::string name = hook_name(site);
    const bool of_block = name.starts_with("blocks.");
    if (of_block && site.layer > 0) continue;
    if (of_block) name.replace(0, first.size(), "blocks.{l}.");
    lines.push_back({std::move(name), site.point});
  }
  return lines;
}

// ["tokens", 4, 48]
Json shape_facts(const ModelConfig& config, HookPoint point) {
  // No axis of a model is as long.
  constexpr auto kTokens = std::numeric_limits<size_t>::max();
  Json shape = Json::array();
  for (const size_t axis : hook_shape(config, point, kTokens))
    shape.push_back(axis == kTokens ? Json("tokens") : Json(axis));
  return shape;
}

std::string shape_text(const Json& shape) {
  std::string text;
  for (const Json& axis : shape) {
    text += (text.empty() ? "[" : ", ") +
            (axis.is_string() ? axis.get<std::string>() : axis.dump());
  }
  return text + "]";
}

std::vector<size_t> usual_lengths(const ModelConfig& config) {
  std::vector<size_t> lengths;
  for (const size_t length : {64, 256, 1024})
    lengths.push_back(std::min(length, config.n_ctx));
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  return lengths;
}

// How many tensors are of each type, the type of most bytes first.
Json tensor_types(const TensorFile& file) {
  std::map<std::string_view, std::pair<size_t, size_t>> types;  // bytes, count
  for (const StoredTensor& tensor : file.tensors()) {
    auto& [bytes, count] = types[dtype_name(tensor.dtype)];
    bytes += tensor.bytes.size();
    ++count;
  }
  std::vector<std::pair<std::pair<size_t, size_t>, std::string_view>> order;
  for (const auto& [name, share] : types) order.emplace_back(share, name);
  std::ranges::sort(order, std::greater<>());
  Json json = Json::object();
  for (const auto& [share, name] : order)
    json[std::string(name)] = share.second;
  return json;
}

Json model_facts(const Model& model) {
  const ModelConfig& config = model.config;
  return {{"architecture", config.family->model_type},
          {"n_layers", config.n_layers},
          {"d_model", config.d_model},
          {"n_heads", config.n_heads},
          {"n_kv_heads", config.n_kv_heads},
          {"d_head", config.d_head},
          {"d_mlp", config.d_mlp},
          {"n_ctx", config.n_ctx},
          {"d_vocab", config.d_vocab},
          {"activation", activation_name(config.architecture.activation)},
          {"gated", config.architecture.mlp == MlpKind::kGated},
          {"attention", attention_text(config)},
          {"residual", residual_text(config)},
          {"layer_norm_epsilon", config.architecture.norm_epsilon},
          {"dtype", dtype_name(model.weights.dtype())},
          {"tensor_types", tensor_types(model.weights.file())},
          {"file_bytes", model.weights.file().file_bytes()},
          {"fingerprint", model.fingerprint()},
          {"tied_embedding", config.tie_word_embeddings},
          {"tokenizer",
           model.tokenizer ? Json(model.tokenizer->size()) : Json(nullptr)},
          {"chat_template",
           model.chat_template ? Json(*model.chat_template) : Json(nullptr)},
          {"notes", config.notes}};
}

Result<Json> facts(const Model& model) {
  Json json = model_facts(model);
  const ModelConfig& config = model.config;
  for (const HookLine& hook : hook_lines(config, false)) {
    json["hooks"].push_back(
        {{"name", hook.name}, {"width", hook_width(config, hook.point)}});
  }
  for (const HookLine& hook : hook_lines(config, true)) {
    json["hooks_only_read"].push_back(
        {{"name", hook.name}, {"shape", shape_facts(config, hook.point)}});
  }
  const double rate = EXCISE_TRY(measure_flop_rate());
  for (const size_t tokens : usual_lengths(model.config)) {
    const SweepCost cost = sweep_cost(model.config, tokens);
    json["sweep"].push_back({{"tokens", tokens},
                             {"bytes", static_cast<uint64_t>(cost.bytes)},
                             {"flop", cost.flop},
                             {"seconds", cost.flop / rate}});
  }
  return json;
}

std::string size_text(double bytes) {
  return bytes < 1e9 ? fmt::format("{:.0f} MB", bytes / 1e6)
                     : fmt::format("{:.1f} GB", bytes / 1e9);
}

std::string time_text(double seconds) {
  if (seconds < 1) return "under 1 s";
  return seconds < 120 ? fmt::format("{:.0f} s", seconds)
                       : fmt::format("{:.0f} min", seconds / 60);
}

void print_facts(std::string_view family, const Json& json) {
  const auto line = [](const char* name, const std::string& value) {
    print_out("{:<14}{}\n", name, shown(value));
  };
  const auto count = [&](const char* key) { return json[key].get<size_t>(); };
  line("architecture", fmt::format("{}, {} layers", family, count("n_layers")));
  line("attention", json["attention"].get<std::string>());
  line("residual", json["residual"].get<std::string>());
  line("d_model", fmt::format("{}", count("d_model")));
  line("d_mlp", fmt::format("{} neurons, {}{}", count("d_mlp"),
                            json["activation"].get<std::string>(),
                            json["gated"].get<bool>() ? ", gated" : ""));
  line("n_ctx", fmt::format("{} positions", count("n_ctx")));
  line("d_vocab",
       fmt::format("{} tokens, {} unembedding", count("d_vocab"),
                   json["tied_embedding"].get<bool>() ? "tied" : "separate"));
  size_t all = 0;
  for (const Json& tensors : json["tensor_types"]) all += tensors.get<size_t>();
  std::string types;
  for (const auto& [name, tensors] : json["tensor_types"].items()) {
    types += (types.empty() ? "" : ", ") + name;
    if (json["tensor_types"].size() > 1)
      types += fmt::format(" ({} of {})", tensors.get<size_t>(), all);
  }
  line("weights", fmt::format("{}, {}", types,
                              size_text(json["file_bytes"].get<double>())));
  line("tokenizer", json["tokenizer"].is_null()
                        ? "none: texts as --ids only"
                        : fmt::format("{} entries", count("tokenizer")));
  if (!json["chat_template"].is_null()) {
    line("chat template",
         json["chat_template"].get<bool>()
             ? "there is one: excise reads a text as it is, so "
               "give a prompt that it has rendered"
             : "none");
  }
  for (const Json& note : json["notes"]) line("note", note.get<std::string>());
  print_out("\nhooks, each [tokens, width], for layers {{l}} = 0 to {}\n",
            count("n_layers") - 1);
  for (const Json& hook : json["hooks"]) {
    print_out("  {:<33}{}\n", hook["name"].get<std::string>(),
              hook["width"].get<size_t>());
  }
  print_out(
      "\nhooks that are only read (run_with_cache of the Python package), with "
      "their shapes\n");
  for (const Json& hook : json["hooks_only_read"]) {
    print_out("  {:<33}{}\n", hook["name"].get<std::string>(),
              shape_text(hook["shape"]));
  }
  print_out(
      "\na sweep over all layers needs about (memory beside the weights; "
      "--memory-limit splits it)\n");
  for (const Json& sweep : json["sweep"]) {
    print_out("  {:>5} tokens: {}, {}\n", sweep["tokens"].get<size_t>(),
              size_text(sweep["bytes"].get<double>()),
              time_text(sweep["seconds"].get<double>()));
  }
}

Status inspect(const Options& options) {
  const auto folder = EXCISE_TRY(locate_model(options.model));
  const Model model = EXCISE_TRY(Model::open(folder));
  const Json json = EXCISE_TRY(model.weights.file().confirmed(facts(model)));
  if (options.json) {
    print_out("{}", file_text(json));
  } else {
    print_facts(model.config.family->name, json);
  }
  return {};
}

}  // namespace

void add_inspect(Command program) {
  Command command = program.add_command(
      "inspect", "what a model is, its hooks, and what a sweep needs");
  auto options = std::make_shared<Options>();
  command
      .add_option("MODEL", options->model,
                  "a model folder, a hub id in the local cache, or baker-7m")
      .required();
  command.add_flag("--json", options->json, "as JSON");
  command.footer(
      "Examples:\n"
      "  excise inspect baker-7m\n"
      "  excise inspect ./gpt2-medium --json");
  command.set_action([options] { return inspect(*options); });
}

}  // namespace excise
