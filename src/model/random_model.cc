#include "model/random_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "io/output_folder.h"
#include "io/safetensors_writer.h"
#include "io/text_file.h"
#include "model/model.h"
#include "model/tensor_table.h"

namespace excise {
namespace {

struct Preset {
  std::string_view name;
  size_t n_layers, d_model, n_heads;
};

// Radford et al. 2019, table 2.
constexpr std::array<Preset, 4> kPresets = {{{"gpt2", 12, 768, 12},
                                             {"gpt2-medium", 24, 1024, 16},
                                             {"gpt2-large", 36, 1280, 20},
                                             {"gpt2-xl", 48, 1600, 25}}};

std::string config_json(const ModelConfig& config, DType dtype) {
  const nlohmann::ordered_json json = {
      {"architectures", {"GPT2LMHeadModel"}},
      {"model_type", "gpt2"},
      {"activation_function", activation_name(config.activation)},
      {"n_layer", config.n_layers},
      {"n_embd", config.d_model},
      {"n_head", config.n_heads},
      {"n_inner", config.d_mlp},
      {"n_positions", config.n_ctx},
      {"vocab_size", config.d_vocab},
      {"layer_norm_epsilon", 1e-5},
      {"bos_token_id", config.d_vocab - 1},
      {"eos_token_id", config.d_vocab - 1},
      {"tie_word_embeddings", config.tie_word_embeddings},
      {"torch_dtype", dtype == DType::kF32   ? "float32"
                      : dtype == DType::kF16 ? "float16"
                                             : "bfloat16"}};
  return json.dump(2) + "\n";
}

// How a tensor is drawn: values = mean + deviation * normal.
struct Initialisation {
  float mean = 0;
  double deviation = 0;
};

Initialisation initialisation_of(std::string_view name,
                                 const ModelConfig& config) {
  constexpr double kDeviation = 0.02;
  const bool norm = name.find("ln_") != std::string_view::npos;
  if (name.ends_with("bias")) return {};
  if (norm) return {1, 0};
  if (name.ends_with("c_proj.weight")) {
    return {0,
            kDeviation / std::sqrt(2.0 * static_cast<double>(config.n_layers))};
  }
  return {0, kDeviation};
}

// Values first .. first + out.size() - 1 of a tensor. Runs of kRun have random
// streams of their own, so that threads and pieces do not change them.
constexpr size_t kRun = size_t{1} << 16;
void draw(const Initialisation& how, uint64_t seed, size_t tensor, size_t first,
          std::span<float> out) {
  const size_t runs = (out.size() + kRun - 1) / kRun;
#pragma omp parallel for schedule(dynamic)
  for (size_t run = 0; run < runs; ++run) {
    Random random(seed, tensor << 32 | (first / kRun + run));
    const size_t begin = run * kRun;
    const size_t end = std::min(out.size(), begin + kRun);
    for (size_t i = begin; i < end; ++i) {
      out[i] =
          how.deviation == 0
              ? how.mean
              : how.mean + static_cast<float>(how.deviation * random.normal());
    }
  }
}

size_t count_of(const TensorSpec& spec) {
  size_t count = 1;
  for (const size_t extent : spec.shape) count *= extent;
  return count;
}

Status write_weights(const ModelConfig& config, DType dtype, uint64_t seed,
                     const std::filesystem::path& path,
                     const Progress& progress) {
  const std::vector<TensorSpec> table = tensor_table(config);
  std::vector<TensorDeclaration> declarations;
  size_t total = 0;
  for (const TensorSpec& spec : table) {
    declarations.push_back(
        {stored_name("transformer.", spec.name), dtype, spec.shape});
    total += count_of(spec);
  }
  SafetensorsStream stream = EXCISE_TRY(
      SafetensorsStream::create(path, declarations, {{"format", "pt"}}));
  constexpr size_t kPiece = 32 * kRun;
  std::vector<float> values;
  std::vector<std::byte> bytes;
  size_t done = 0;
  for (size_t t = 0; t < table.size(); ++t) {
    const Initialisation how = initialisation_of(table[t].name, config);
    const size_t count = count_of(table[t]);
    for (size_t first = 0; first < count; first += kPiece) {
      EXCISE_CHECK(progress.check_cancelled());
      values.resize(std::min(kPiece, count - first));
      draw(how, seed, t, first, values);
      bytes.resize(values.size() * dtype_size(dtype));
      convert_from_float(values, dtype, bytes);
      EXCISE_CHECK(stream.write(bytes));
      done += values.size();
      progress.advance("weights", done, total);
    }
  }
  return stream.close();
}

}  // namespace

std::vector<std::string_view> gpt2_preset_names() {
  std::vector<std::string_view> names;
  for (const Preset& preset : kPresets) names.push_back(preset.name);
  return names;
}

Result<ModelConfig> gpt2_preset(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (preset.name != name) continue;
    ModelConfig config;
    config.n_layers = preset.n_layers;
    config.d_model = preset.d_model;
    config.n_heads = preset.n_heads;
    config.d_mlp = 4 * preset.d_model;
    config.n_ctx = 1024;
    config.d_vocab = 50257;
    return config;
  }
  std::string known;
  for (const Preset& preset : kPresets) {
    known += (known.empty() ? "one of " : ", ") + std::string(preset.name);
  }
  return fail(ErrorCode::kBadInput, {.where = "make-model",
                                     .subject = "preset",
                                     .expected = known,
                                     .found = std::string(name)});
}

Status write_random_model(const ModelConfig& config, DType dtype, uint64_t seed,
                          const std::filesystem::path& folder,
                          const Progress& progress) {
  OutputFolder output = EXCISE_TRY(OutputFolder::create(folder, false, ""));
  EXCISE_CHECK(output.write_text("config.json", config_json(config, dtype)));
  if (const auto tokenizer = bundled_folder("gpt2-tokenizer")) {
    for (const char* name : {"vocab.json", "merges.txt"}) {
      EXCISE_CHECK(output.write_text(
          name, EXCISE_TRY(read_text_file(*tokenizer / name))));
    }
  }
  EXCISE_CHECK(write_weights(config, dtype, seed,
                             output.path("model.safetensors"), progress));
  return output.commit();
}

}  // namespace excise
