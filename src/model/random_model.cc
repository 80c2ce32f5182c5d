#include "model/random_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "io/output_folder.h"
#include "io/safetensors_writer.h"
#include "io/text_file.h"
#include "model/architecture/family.h"
#include "model/model.h"
#include "model/tensor_table.h"

namespace excise {
namespace {

// How a tensor is drawn: values = mean + deviation * normal.
struct Initialisation {
  float mean = 0;
  double deviation = 0;
};

Initialisation initialisation_of(TensorRole role, const ModelConfig& config) {
  constexpr double kDeviation = 0.02;
  switch (role) {
    case TensorRole::kBias:
      return {};
    case TensorRole::kNormWeight:
      return {config.architecture.norm_adds_one ? 0.0F : 1.0F, 0};
    case TensorRole::kOntoStream:
      return {0, kDeviation /
                     std::sqrt(2.0 * static_cast<double>(config.n_layers))};
    case TensorRole::kEmbedding:
    case TensorRole::kMatrix:
      break;
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
        {stored_name(config.tensors().prefix, spec.name, config), dtype,
         spec.shape});
    total += count_of(spec);
  }
  SafetensorsStream stream = EXCISE_TRY(
      SafetensorsStream::create(path, declarations, {{"format", "pt"}}));
  constexpr size_t kPiece = 32 * kRun;
  std::vector<float> values;
  std::vector<std::byte> bytes;
  size_t done = 0;
  for (size_t t = 0; t < table.size(); ++t) {
    const Initialisation how = initialisation_of(table[t].role, config);
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

// GPT-2's files; of a smaller vocabulary, the entries that came first when it
// was made, with the end of a text as the last.
Status write_tokenizer(const std::filesystem::path& from, size_t d_vocab,
                       OutputFolder& output) {
  constexpr const char* kEnd = "<|endoftext|>";
  constexpr size_t kBytes = 256;
  std::string vocabulary = EXCISE_TRY(read_text_file(from / "vocab.json"));
  std::string merges = EXCISE_TRY(read_text_file(from / "merges.txt"));
  const auto all = nlohmann::json::parse(vocabulary);
  if (kBytes < d_vocab && d_vocab < all.size()) {
    nlohmann::json kept;
    for (const auto& [entry, id] : all.items()) {
      if (id < d_vocab - 1) kept[entry] = id;
    }
    kept[kEnd] = d_vocab - 1;
    vocabulary = kept.dump();
    // A line for the version, then one for each entry behind the bytes.
    size_t end = 0;
    for (size_t line = 0; line < d_vocab - kBytes; ++line)
      end = merges.find('\n', end) + 1;
    merges.resize(end);
  }
  EXCISE_CHECK(output.write_text("vocab.json", vocabulary));
  return output.write_text("merges.txt", merges);
}

}  // namespace

Status write_random_model(const std::string& config_json, DType dtype,
                          uint64_t seed, const std::filesystem::path& folder,
                          const Progress& progress) {
  const ModelConfig config =
      EXCISE_TRY(parse_config(config_json, "config.json"));
  OutputFolder output = EXCISE_TRY(OutputFolder::create(folder, false, ""));
  EXCISE_CHECK(output.write_text("config.json", config_json));
  if (const auto tokenizer = bundled_folder("gpt2-tokenizer"))
    EXCISE_CHECK(write_tokenizer(*tokenizer, config.d_vocab, output));
  EXCISE_CHECK(write_weights(config, dtype, seed,
                             output.path("model.safetensors"), progress));
  return output.commit();
}

}  // namespace excise
