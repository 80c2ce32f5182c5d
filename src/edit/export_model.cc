#include "edit/export_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "edit/weight_edit.h"
#include "io/mapped_file.h"
#include "io/safetensors_writer.h"
#include "io/text_file.h"
#include "math/ops/reference.h"
#include "model/forward.h"
#include "model/tensor_table.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCopied[] = {"generation_config.json",
                                   "vocab.json",
                                   "merges.txt",
                                   "tokenizer.json",
                                   "tokenizer_config.json",
                                   "special_tokens_map.json",
                                   "added_tokens.json",
                                   "LICENSE",
                                   "LICENSE.txt",
                                   "LICENSE.md",
                                   "NOTICE"};

std::string_view torch_dtype(DType dtype) {
  return dtype == DType::kF16    ? "float16"
         : dtype == DType::kBF16 ? "bfloat16"
                                 : "float32";
}

Matrix<float> rounded_to_float(const Matrix<double>& values) {
  return converted<float, double>(values.view());
}

// Whether every value is a number of this dtype.
bool holds_exactly(DType dtype, const Matrix<double>& values) {
  const Matrix<float> single = rounded_to_float(values);
  std::vector<std::byte> bytes(single.size() * dtype_size(dtype));
  std::vector<float> again(single.size());
  convert_from_float(single.values(), dtype, bytes);
  convert_to_float(dtype, bytes, again);
  for (size_t i = 0; i < again.size(); ++i) {
    if (double{again[i]} != values.values()[i]) return false;
  }
  return true;
}

Status copy_file(const fs::path& from, const OutputFolder& folder,
                 const char* name) {
  std::error_code ignored;
  if (!fs::is_regular_file(from / name, ignored)) return {};
  return folder.write_text(name, EXCISE_TRY(read_text_file(from / name)));
}

Status write_config(const Model& model, DType dtype,
                    const OutputFolder& folder) {
  auto config = nlohmann::ordered_json::parse(
      EXCISE_TRY(read_text_file(model.path / "config.json")));
  if (config.contains("dtype")) {
    config["dtype"] = torch_dtype(dtype);
  } else {
    config["torch_dtype"] = torch_dtype(dtype);
  }
  return folder.write_text("config.json", config.dump(2) + "\n");
}

// The data of one tensor, in pieces.
Status write_stored(const StoredTensor& tensor, DType dtype,
                    SafetensorsStream& stream) {
  if (tensor.dtype == dtype) return stream.write(tensor.bytes);
  constexpr size_t kPiece = size_t{1} << 21;  // elements
  const size_t rows_at_once = std::max<size_t>(1, kPiece / tensor.cols());
  std::vector<std::byte> bytes;
  for (size_t first = 0; first < tensor.rows(); first += rows_at_once) {
    const size_t count = std::min(rows_at_once, tensor.rows() - first);
    auto values = Matrix<float>::uninitialized(count, tensor.cols());
    EXCISE_CHECK(tensor.copy_rows(first, values));
    bytes.resize(values.size() * dtype_size(dtype));
    convert_from_float(values.values(), dtype, bytes);
    EXCISE_CHECK(stream.write(bytes));
  }
  return {};
}

Status write_values(const Matrix<double>& values, DType dtype,
                    SafetensorsStream& stream) {
  const Matrix<float> single = rounded_to_float(values);
  std::vector<std::byte> bytes(single.size() * dtype_size(dtype));
  convert_from_float(single.values(), dtype, bytes);
  return stream.write(bytes);
}

Status write_weights(const Model& model, const std::vector<WeightEdit>& plan,
                     DType dtype, const fs::path& path,
                     const Progress& progress) {
  const TensorFile& file = model.weights.file();
  const std::vector<TensorSpec> table = tensor_table(model.config);
  std::vector<TensorDeclaration> declarations;
  const std::string prefix = tensor_prefix(file, model.config);
  for (const TensorSpec& spec : table) {
    declarations.push_back({stored_name(plain_prefix(prefix, model.config),
                                        spec.name, model.config),
                            dtype, spec.shape});
  }
  SafetensorsStream stream = EXCISE_TRY(
      SafetensorsStream::create(path, declarations, {{"format", "pt"}}));
  EditedTensors edited;  // a weight's bias waits here for its turn
  for (size_t t = 0; t < table.size(); ++t) {
    EXCISE_CHECK(progress.check_cancelled());
    progress.advance("weights", t, table.size());
    const std::string& name = table[t].name;
    for (const WeightEdit& edit : plan) {
      const std::string& first = edit.weight.empty() ? edit.bias : edit.weight;
      if (name == first) {
        edited.merge(EXCISE_TRY(edited_tensors(edit, model)));
      }
    }
    if (const auto found = edited.find(name); found != edited.end()) {
      EXCISE_CHECK(write_values(found->second, dtype, stream));
      edited.erase(found);
      continue;
    }
    const StoredTensor* stored =
        EXCISE_TRY(table_tensor(file, prefix, name, model.config));
    EXCISE_CHECK(write_stored(*stored, dtype, stream));
    drop_pages(stored->bytes);
  }
  return stream.close();
}

// Log-probabilities of every position, [tokens, d_vocab], in place of logits.
Result<Matrix<float>> all_logprobs(const Model& model,
                                   std::span<const Hook> hooks,
                                   std::span<const int> ids,
                                   const Progress& progress) {
  const ForwardOutput output = EXCISE_TRY(
      run_forward(model.config, model.weights, ids, hooks, progress));
  Matrix<float> logits = EXCISE_TRY(unembed(model.weights, output.normalized));
  for (size_t t = 0; t < logits.rows(); ++t) {
    const double total = log_sum_exp(logits.row(t));
    for (float& value : logits.row(t)) {
      value = static_cast<float>(double{value} - total);
    }
  }
  return logits;
}

double worst_next(const Matrix<float>& a, const Matrix<float>& b,
                  std::span<const int> ids) {
  double worst = 0;
  for (size_t t = 0; t + 1 < ids.size(); ++t) {
    const auto next = static_cast<size_t>(ids[t + 1]);
    worst = std::max(worst, std::abs(double{a(t, next)} - double{b(t, next)}));
  }
  return worst;
}

}  // namespace

Result<ExportedWeights> write_edited_model(const Model& model,
                                           std::span<const Edit> edits,
                                           std::optional<DType> dtype,
                                           const OutputFolder& folder,
                                           const Progress& progress) {
  if (model.config.is_gguf()) {
    return fail(ErrorCode::kUnsupported,
                {.where = "export",
                 .subject = model.path.string(),
                 .expected = "a Hugging Face folder",
                 .found = "a GGUF file, whose weights are not written anew",
                 .hint = "export from the folder of the model that it was made "
                         "of, or use the edit as it is: generate --edit"});
  }
  const std::vector<WeightEdit> plan =
      EXCISE_TRY(plan_weight_edits(edits, model.config));
  ExportedWeights weights;
  const DType own = model.weights.dtype();
  const std::string prefix = plain_prefix(
      tensor_prefix(model.weights.file(), model.config), model.config);
  for (const WeightEdit& edit : plan) {
    for (const auto& [name, values] : EXCISE_TRY(edited_tensors(edit, model))) {
      weights.changed.push_back(stored_name(prefix, name, model.config));
      weights.rounds = weights.rounds || !holds_exactly(own, values);
    }
  }
  weights.dtype = dtype.value_or(weights.rounds ? DType::kF32 : own);
  for (const char* name : kCopied) {
    EXCISE_CHECK(copy_file(model.path, folder, name));
  }
  EXCISE_CHECK(write_config(model, weights.dtype, folder));
  EXCISE_CHECK(write_weights(model, plan, weights.dtype,
                             folder.path("model.safetensors"), progress));
  return weights;
}

Result<ExportCheck> check_export(const Model& model,
                                 std::span<const Edit> edits,
                                 const fs::path& exported,
                                 std::span<const int> ids,
                                 const Progress& progress) {
  const Matrix<float> hooked =
      EXCISE_TRY(all_logprobs(model, forward_hooks(edits), ids, progress));
  ExportCheck check{.tokens = ids.size()};
  {
    const Matrix<float> clean =
        EXCISE_TRY(all_logprobs(model, {}, ids, progress));
    check.edit_effect = worst_next(clean, hooked, ids);
  }
  const Model written = EXCISE_TRY(Model::open(exported));
  const Matrix<float> found =
      EXCISE_TRY(all_logprobs(written, {}, ids, progress));
  check.worst_next = worst_next(found, hooked, ids);
  for (size_t i = 0; i < found.size(); ++i) {
    check.worst_any = std::max(
        check.worst_any,
        std::abs(double{found.values()[i]} - double{hooked.values()[i]}));
  }
  return check;
}

}  // namespace excise
