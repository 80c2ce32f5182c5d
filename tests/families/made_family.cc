#include "made_family.h"

#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "io/safetensors.h"
#include "model/architecture/config_reader.h"

namespace excise {
namespace {

constexpr double kEpsilon = 1e-4;
constexpr double kRotaryBase = 100;
constexpr double kRotaryMagnitude = 1.1;

double frequency(size_t pair, size_t pairs) {
  return std::pow(kRotaryBase,
                  -static_cast<double>(pair) / static_cast<double>(pairs));
}

Result<ModelConfig> read_config(const ConfigReader& read) {
  ModelConfig config;
  config.n_layers = EXCISE_TRY(read.size("layers", 0, kMostLayers));
  config.d_model = EXCISE_TRY(read.size("width", 0));
  config.n_heads = EXCISE_TRY(read.size("heads", 0));
  config.n_kv_heads = EXCISE_TRY(read.size("kv_heads", 0));
  config.d_head = EXCISE_TRY(read.size("head", 0));
  config.d_mlp = EXCISE_TRY(read.size("mlp", 0));
  config.n_ctx = EXCISE_TRY(read.size("positions", 0));
  config.d_vocab = EXCISE_TRY(read.size("vocabulary", 0));
  config.tie_word_embeddings = false;
  Architecture& a = config.architecture;
  a.norm =
      EXCISE_TRY(read.flag("rms", true)) ? NormKind::kRms : NormKind::kLayer;
  a.norm_epsilon = static_cast<float>(kEpsilon);
  a.norm_place = static_cast<NormPlace>(EXCISE_TRY(read.size("place", 1)) - 1);
  a.residual = static_cast<Residual>(EXCISE_TRY(read.size("residual", 1)) - 1);
  a.qk_norm = static_cast<QkNorm>(EXCISE_TRY(read.size("qk_norm", 1)) - 1);
  a.learned_positions = EXCISE_TRY(read.flag("learned", false));
  a.mlp =
      EXCISE_TRY(read.flag("gated", true)) ? MlpKind::kGated : MlpKind::kPlain;
  a.activation = Activation::kSilu;
  const bool biases = EXCISE_TRY(read.flag("biases", false));
  a.biases = {biases, biases, biases, biases, biases};
  if (read.present("pairs")) {
    const size_t pairs = EXCISE_TRY(read.size("pairs", 0));
    Rotary rotary;
    if (EXCISE_TRY(read.flag("adjacent", false)))
      rotary.pairs = RotaryPairs::kAdjacent;
    rotary.magnitude = kRotaryMagnitude;
    for (size_t i = 0; i < pairs; ++i)
      rotary.inverse_frequencies.push_back(frequency(i, pairs));
    a.rotaries.push_back(rotary);
  }
  for (size_t l = 0; l < config.n_layers; ++l) {
    LayerAttention attention;
    attention.scale = 1 / std::sqrt(static_cast<float>(config.d_head));
    if (read.present("cap"))
      attention.cap = static_cast<float>(EXCISE_TRY(read.positive("cap", 0)));
    if (l % 2 == 1 && read.present("window"))
      attention.window = EXCISE_TRY(read.size("window", 0));
    if (!a.rotaries.empty()) attention.rotary = 0;
    a.attention.push_back(attention);
  }
  return config;
}

TensorNames names(bool by_head) {
  TensorNames names;
  names.prefix = "made.";
  names.token_embedding = "tokens";
  names.position_embedding = "positions";
  names.block = "blocks";
  names.final_norm = "last";
  names.head = "head";
  const auto set = [&](Slot slot, std::vector<std::string_view> modules) {
    names.slots[static_cast<size_t>(slot)].names = std::move(modules);
  };
  set(Slot::kNorm1, {"norm1"});
  if (by_head) {
    set(Slot::kQkv, {"qkv"});
    names.qkv = QkvLayout::kByHead;
  } else {
    set(Slot::kQkv, {"q", "k", "v"});
  }
  set(Slot::kQNorm, {"q_norm"});
  set(Slot::kKNorm, {"k_norm"});
  set(Slot::kO, {"o"});
  set(Slot::kNormAttnOut, {"norm1_out"});
  set(Slot::kNorm2, {"norm2"});
  set(Slot::kIn, {"up"});
  set(Slot::kGate, {"gate"});
  set(Slot::kOut, {"down"});
  set(Slot::kNormMlpOut, {"norm2_out"});
  return names;
}

MadeRows sum(const MadeRows& a, const MadeRows& b) {
  MadeRows out = a;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < a[i].size(); ++j) out[i][j] += b[i][j];
  }
  return out;
}

double silu(double x) { return x / (1 + std::exp(-x)); }

MadeRow part(const MadeRow& row, size_t first, size_t count) {
  return {row.begin() + static_cast<std::ptrdiff_t>(first),
          row.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

}  // namespace

const Family kMade = {.name = "made-up",
                      .model_type = "made",
                      .aliases = {},
                      .harmless_keys = {},
                      .read = read_config,
                      .tensors = names(false)};
const Family kMadeByHead = {.name = "made-up by head",
                            .model_type = "made_by_head",
                            .aliases = {},
                            .harmless_keys = {},
                            .read = read_config,
                            .tensors = names(true)};

Families made_families() {
  static constexpr std::array kFamilies = {&kMade, &kMadeByHead};
  return kFamilies;
}

MadeModel::MadeModel(const MadeOptions& options) : options_(options) {
  const size_t heads = kMadeHeads * options.d_head;
  const size_t kv = options.n_kv_heads * options.d_head;
  draw("made.tokens.weight", {kMadeVocabulary, kMadeWidth}, 0, 1);
  if (options.learned)
    draw("made.positions.weight", {kMadeContext, kMadeWidth}, 0, 0.5);
  for (size_t l = 0; l < kMadeLayers; ++l) {
    const std::string block = "made.blocks." + std::to_string(l) + ".";
    if (options.norm_place != 2) draw_norm(block + "norm1", kMadeWidth);
    if (options.by_head) {
      draw_linear(block + "qkv", 3 * heads, kMadeWidth);
    } else {
      draw_linear(block + "q", heads, kMadeWidth);
      draw_linear(block + "k", kv, kMadeWidth);
      draw_linear(block + "v", kv, kMadeWidth);
    }
    if (options.qk_norm > 1) {
      const bool whole = options.qk_norm == 3;
      draw_norm(block + "q_norm", whole ? heads : options.d_head);
      draw_norm(block + "k_norm", whole ? kv : options.d_head);
    }
    draw_linear(block + "o", kMadeWidth, heads);
    if (options.norm_place != 1) draw_norm(block + "norm1_out", kMadeWidth);
    if (options.norm_place != 2 && options.residual != 3)
      draw_norm(block + "norm2", kMadeWidth);
    draw_linear(block + "up", kMadeMlp, kMadeWidth);
    if (options.gated) draw_linear(block + "gate", kMadeMlp, kMadeWidth);
    draw_linear(block + "down", kMadeWidth, kMadeMlp);
    if (options.norm_place != 1) draw_norm(block + "norm2_out", kMadeWidth);
  }
  draw_norm("made.last", kMadeWidth);
  draw("head.weight", {kMadeVocabulary, kMadeWidth}, 0, 0.2);
}

void MadeModel::draw(const std::string& name, std::vector<size_t> shape,
                     double mean, double deviation) {
  Random random(5, tensors_.size());
  size_t count = 1;
  for (const size_t extent : shape) count *= extent;
  Tensor tensor{std::move(shape), {}};
  for (size_t i = 0; i < count; ++i) {
    tensor.values.push_back(
        static_cast<float>(mean + deviation * random.normal()));
  }
  tensors_[name] = std::move(tensor);
}

void MadeModel::draw_linear(const std::string& name, size_t outputs,
                            size_t inputs) {
  draw(name + ".weight", {outputs, inputs}, 0,
       1 / std::sqrt(static_cast<double>(inputs)));
  if (options_.biases) draw(name + ".bias", {outputs}, 0, 0.2);
}

void MadeModel::draw_norm(const std::string& name, size_t width) {
  draw(name + ".weight", {width}, 1, 0.2);
  if (options_.biases) draw(name + ".bias", {width}, 0, 0.2);
}

void MadeModel::write(const std::filesystem::path& folder) const {
  TensorWriter writer;
  for (const auto& [name, tensor] : tensors_)
    writer.add(name, tensor.shape, std::span<const float>(tensor.values));
  (void)writer.write(folder / "model.safetensors");
  nlohmann::json config = {
      {"model_type", options_.by_head ? "made_by_head" : "made"},
      {"layers", kMadeLayers},
      {"width", kMadeWidth},
      {"heads", kMadeHeads},
      {"kv_heads", options_.n_kv_heads},
      {"head", options_.d_head},
      {"mlp", kMadeMlp},
      {"positions", kMadeContext},
      {"vocabulary", kMadeVocabulary},
      {"rms", options_.rms},
      {"place", options_.norm_place},
      {"residual", options_.residual},
      {"qk_norm", options_.qk_norm},
      {"learned", options_.learned},
      {"gated", options_.gated},
      {"biases", options_.biases}};
  if (options_.pairs > 0) {
    config["pairs"] = options_.pairs;
    config["adjacent"] = options_.adjacent;
  }
  if (options_.cap > 0) config["cap"] = options_.cap;
  if (options_.window > 0) config["window"] = options_.window;
  std::ofstream(folder / "config.json") << config.dump();
}

MadeRows MadeModel::linear(const std::string& name, const MadeRows& x) const {
  const Tensor& w = tensors_.at(name + ".weight");
  MadeRows y;
  for (const MadeRow& row : x) {
    MadeRow out;
    for (size_t o = 0; o < w.shape[0]; ++o) {
      double value =
          options_.biases ? tensors_.at(name + ".bias").values[o] : 0.0;
      for (size_t i = 0; i < row.size(); ++i)
        value += row[i] * double{w.values[o * row.size() + i]};
      out.push_back(value);
    }
    y.push_back(std::move(out));
  }
  return y;
}

MadeRow MadeModel::norm(const std::string& name, const MadeRow& x) const {
  const auto n = static_cast<double>(x.size());
  double mean = 0;
  for (const double v : x) mean += options_.rms ? 0 : v / n;
  double squares = 0;
  for (const double v : x) squares += (v - mean) * (v - mean) / n;
  // As a float32 number, which is what the config gives.
  const double scale =
      1 / std::sqrt(squares + double{static_cast<float>(kEpsilon)});
  MadeRow y;
  for (size_t i = 0; i < x.size(); ++i) {
    y.push_back((x[i] - mean) * scale *
                double{tensors_.at(name + ".weight").values[i]});
    if (options_.biases) y.back() += tensors_.at(name + ".bias").values[i];
  }
  return y;
}

MadeRows MadeModel::norm(const std::string& name, const MadeRows& x) const {
  MadeRows y;
  for (const MadeRow& row : x) y.push_back(norm(name, row));
  return y;
}

void MadeModel::turn(MadeRow& head, size_t position) const {
  for (size_t i = 0; i < options_.pairs; ++i) {
    const double angle =
        static_cast<double>(position) * frequency(i, options_.pairs);
    double& a = head[options_.adjacent ? 2 * i : i];
    double& b = head[options_.adjacent ? 2 * i + 1 : i + options_.pairs];
    const double x = a, y = b;
    a = kRotaryMagnitude * (x * std::cos(angle) - y * std::sin(angle));
    b = kRotaryMagnitude * (y * std::cos(angle) + x * std::sin(angle));
  }
}

MadeRows MadeModel::attention(size_t layer, const std::string& block,
                              const MadeRows& x, const MadeHook& hook) const {
  const size_t d = options_.d_head;
  const size_t group = kMadeHeads / options_.n_kv_heads;
  MadeRows q, k, v;
  if (options_.by_head) {
    for (const MadeRow& row : linear(block + "qkv", x)) {
      std::array<MadeRow, 3> all;
      for (size_t h = 0; h < kMadeHeads; ++h) {
        for (size_t i = 0; i < 3; ++i) {
          const MadeRow head = part(row, (3 * h + i) * d, d);
          all[i].insert(all[i].end(), head.begin(), head.end());
        }
      }
      q.push_back(all[0]);
      k.push_back(all[1]);
      v.push_back(all[2]);
    }
  } else {
    q = linear(block + "q", x);
    k = linear(block + "k", x);
    v = linear(block + "v", x);
  }
  const auto prepare = [&](MadeRows& rows, const std::string& name) {
    for (size_t t = 0; t < rows.size(); ++t) {
      if (options_.qk_norm == 3) rows[t] = norm(name, rows[t]);
      MadeRow prepared;
      for (size_t c = 0; c < rows[t].size(); c += d) {
        MadeRow head = part(rows[t], c, d);
        if (options_.qk_norm == 2) head = norm(name, head);
        turn(head, t);
        prepared.insert(prepared.end(), head.begin(), head.end());
      }
      rows[t] = prepared;
    }
  };
  prepare(q, block + "q_norm");
  prepare(k, block + "k_norm");
  MadeRows z(x.size(), MadeRow(kMadeHeads * d));
  for (size_t t = 0; t < x.size(); ++t) {
    for (size_t h = 0; h < kMadeHeads; ++h) {
      const size_t from = h / group * d;
      std::vector<std::pair<size_t, double>> weights;
      double total = 0;
      for (size_t s = 0; s <= t; ++s) {
        const bool far =
            options_.window > 0 && layer % 2 == 1 && t - s >= options_.window;
        if (far) continue;
        double score = 0;
        for (size_t i = 0; i < d; ++i)
          score += q[t][h * d + i] * k[s][from + i];
        score /= std::sqrt(static_cast<double>(d));
        if (options_.cap > 0)
          score = options_.cap * std::tanh(score / options_.cap);
        weights.emplace_back(s, std::exp(score));
        total += weights.back().second;
      }
      for (const auto& [s, weight] : weights) {
        for (size_t i = 0; i < d; ++i)
          z[t][h * d + i] += weight / total * v[s][from + i];
      }
    }
  }
  hook("attn.hook_z", layer, z);
  MadeRows out = linear(block + "o", z);
  if (options_.norm_place != 1) out = norm(block + "norm1_out", out);
  hook("hook_attn_out", layer, out);
  return out;
}

MadeRows MadeModel::mlp(size_t layer, const std::string& block,
                        const MadeRows& x, const MadeHook& hook) const {
  const MadeRows up = linear(block + "up", x);
  MadeRows pre = options_.gated ? linear(block + "gate", x) : up;
  hook("mlp.hook_pre", layer, pre);
  MadeRows post = pre;
  for (size_t t = 0; t < x.size(); ++t) {
    for (size_t j = 0; j < kMadeMlp; ++j)
      post[t][j] = silu(pre[t][j]) * (options_.gated ? up[t][j] : 1);
  }
  hook("mlp.hook_post", layer, post);
  MadeRows out = linear(block + "down", post);
  if (options_.norm_place != 1) out = norm(block + "norm2_out", out);
  hook("hook_mlp_out", layer, out);
  return out;
}

MadeRows MadeModel::logits(std::span<const int> ids,
                           const MadeHook& hook) const {
  MadeRows stream;
  for (size_t t = 0; t < ids.size(); ++t) {
    MadeRow row;
    for (size_t j = 0; j < kMadeWidth; ++j) {
      const size_t at = static_cast<size_t>(ids[t]) * kMadeWidth + j;
      row.push_back(tensors_.at("made.tokens.weight").values[at]);
      if (options_.learned) {
        row.back() +=
            tensors_.at("made.positions.weight").values[t * kMadeWidth + j];
      }
    }
    stream.push_back(std::move(row));
  }
  for (size_t l = 0; l < kMadeLayers; ++l) {
    const std::string block = "made.blocks." + std::to_string(l) + ".";
    hook("hook_resid_pre", l, stream);
    const auto normed = [&](const std::string& name) {
      return options_.norm_place == 2 ? stream : norm(block + name, stream);
    };
    const MadeRows before = normed("norm1");
    if (options_.residual == 1) {
      stream = sum(stream, attention(l, block, before, hook));
      hook("hook_resid_mid", l, stream);
      stream = sum(stream, mlp(l, block, normed("norm2"), hook));
    } else {
      const MadeRows for_mlp =
          options_.residual == 2 ? normed("norm2") : before;
      const MadeRows attended = attention(l, block, before, hook);
      stream = sum(sum(stream, attended), mlp(l, block, for_mlp, hook));
    }
    hook("hook_resid_post", l, stream);
  }
  MadeRows logits;
  const Tensor& head = tensors_.at("head.weight");
  for (const MadeRow& row : norm("made.last", stream)) {
    MadeRow out;
    for (size_t v = 0; v < kMadeVocabulary; ++v) {
      double value = 0;
      for (size_t j = 0; j < kMadeWidth; ++j)
        value += row[j] * double{head.values[v * kMadeWidth + j]};
      out.push_back(value);
    }
    logits.push_back(std::move(out));
  }
  return logits;
}

}  // namespace excise
