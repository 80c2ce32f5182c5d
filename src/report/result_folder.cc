#include "report/result_folder.h"

#include <array>
#include <limits>
#include <utility>

#include "io/text_file.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr int kDeepest = 32;
// A tree in memory is up to 20 times as large as its text.
constexpr size_t kMostBytes = size_t{64} << 20;
constexpr size_t kMostTokens = size_t{1} << 20;

tl::unexpected<Error> bad(const std::filesystem::path& file,
                          const std::string& part, std::string expected,
                          std::string found) {
  return fail(ErrorCode::kBadFile,
              {.where = "report",
               .subject = file.string() + (part.empty() ? "" : ": " + part),
               .expected = std::move(expected),
               .found = std::move(found),
               .hint = "a result folder is what excise sweep, run or "
                       "reproduce writes"});
}

Result<json> read_json(const std::filesystem::path& path) {
  const std::string text = EXCISE_TRY(read_text_file(path, kMostBytes));
  bool deep = false;
  const auto not_too_deep = [&](int depth, json::parse_event_t, json&) {
    deep = deep || depth > kDeepest;
    return !deep;  // what is deeper is left out, and then refused
  };
  json document = json::parse(text, not_too_deep, false);
  if (deep) {
    return bad(path, "", "at most " + std::to_string(kDeepest) + " levels",
               "more");
  }
  if (!document.is_object()) {
    return bad(
        path, "", "a JSON object",
        document.is_discarded() ? "no valid JSON" : document.type_name());
  }
  return document;
}

// A whole number from 0 to `largest`, if it is one.
std::optional<size_t> count_of(const json& value, size_t largest) {
  if (!value.is_number_integer()) return std::nullopt;
  if (!value.is_number_unsigned() && value.get<int64_t>() < 0) {
    return std::nullopt;
  }
  const auto number = value.get<uint64_t>();
  return number <= largest ? std::optional<size_t>(number) : std::nullopt;
}

Status read_layers(const std::filesystem::path& path, ResultFolder& folder) {
  const json& layers = value_at(folder.results, "/layers");
  if (!layers.is_array() || layers.empty()) {
    return bad(path, "layers", "a list with an entry for each swept layer",
               layers.is_array() ? "an empty list" : layers.type_name());
  }
  for (const json& entry : layers) {
    const auto layer = count_of(value_at(entry, "/layer"), 1 << 20);
    if (!layer || (!folder.layers.empty() && *layer <= folder.layers.back())) {
      return bad(path, "layers", "entries with ascending layers", "others");
    }
    folder.layers.push_back(*layer);
  }
  return {};
}

Status read_tokens(const std::filesystem::path& path, ResultFolder& folder) {
  const json& ids = value_at(folder.results, "/tokens/ids");
  const json& pieces = value_at(folder.results, "/tokens/pieces");
  if (!ids.is_array() || !pieces.is_array() || ids.empty() ||
      ids.size() != pieces.size() || ids.size() > kMostTokens) {
    return bad(path, "tokens", "ids and pieces, as many of one as of the other",
               "something else");
  }
  for (size_t t = 0; t < ids.size(); ++t) {
    const auto id = count_of(ids[t], size_t{1} << 31U);
    if (!id || !pieces[t].is_string()) {
      return bad(path, "tokens", "whole numbers as ids, texts as pieces",
                 "something else at " + std::to_string(t));
    }
    folder.ids.push_back(static_cast<int64_t>(*id));
    folder.pieces.push_back(pieces[t].get<std::string>());
  }
  return {};
}

// The size of one dimension: a number, or any.
struct Size {
  std::optional<size_t> exactly;
};

struct Expected {
  std::string name;
  std::vector<Size> shape;
};

std::vector<Expected> expected_arrays(size_t n, size_t tokens, size_t states) {
  const Size layers{n}, positions{tokens}, all_states{states}, any{};
  const Size pairs{tokens - 1};
  std::vector<Expected> list = {{"logprob_clean", {positions}},
                                {"state_norm", {all_states}},
                                {"singular_values", {layers, any}},
                                {"u0", {layers, positions}},
                                {"v0", {layers, any}},
                                {"cov_before", {positions, positions}},
                                {"cov_after", {positions, positions}},
                                {"eig_before", {positions}},
                                {"eig_after", {positions}},
                                {"cos_clean", {pairs, pairs}},
                                {"cos_edited", {pairs, pairs}},
                                {"scan_mean", {layers, any}},
                                {"scan_t", {layers, any}},
                                {"scan_q", {layers, any}},
                                {"scan_share", {layers, any}}};
  for (const char* suffix : {"", "_empty"}) {
    for (const char* name : {"delta_logprob", "delta_logit", "kl"}) {
      list.push_back({std::string(name) + suffix, {layers, positions}});
    }
    list.push_back({std::string("drift") + suffix, {layers, all_states}});
    list.push_back({std::string("drift_resid_final") + suffix, {layers}});
  }
  return list;
}

std::string shape_text(const std::vector<size_t>& shape) {
  std::string text = "[";
  for (const size_t size : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  }
  return text + "]";
}

bool fits(const StoredTensor& tensor, const std::vector<Size>& shape) {
  if (tensor.shape.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i].exactly && tensor.shape[i] != *shape[i].exactly) return false;
  }
  return true;
}

Status read_arrays(const std::filesystem::path& path, ResultFolder& folder) {
  folder.file = EXCISE_TRY(TensorFile::open(path));
  const StoredTensor* norm = EXCISE_TRY(folder.file.get("state_norm"));
  folder.n_states = norm->count();
  if (folder.n_states < folder.layers.back() + 2) {
    return bad(path, "state_norm", "a number for each state of the model",
               std::to_string(folder.n_states) + " numbers");
  }
  for (const Expected& expected : expected_arrays(
           folder.layers.size(), folder.n_tokens(), folder.n_states)) {
    const StoredTensor* tensor = folder.file.find(expected.name);
    if (tensor == nullptr) continue;
    if (!fits(*tensor, expected.shape)) {
      std::vector<size_t> shape;
      for (const Size& size : expected.shape) {
        shape.push_back(size.exactly.value_or(0));
      }
      return bad(path, expected.name,
                 "shape " + shape_text(shape) + " (0: any)",
                 shape_text(tensor->shape));
    }
    folder.arrays.emplace(expected.name, EXCISE_TRY(tensor->to_double()));
  }
  for (const char* name : {"delta_logprob", "drift"}) {
    EXCISE_TRY(folder.file.get(name));
  }
  return {};
}

}  // namespace

Result<ResultFolder> ResultFolder::open(const std::filesystem::path& path) {
  std::error_code error;
  const auto file = path / "results.json";
  if (!std::filesystem::exists(file, error)) {
    return fail(ErrorCode::kBadInput,
                {.where = "report",
                 .subject = path.string(),
                 .expected = "a result folder",
                 .found = std::filesystem::exists(path, error)
                              ? "something without a results.json"
                              : "nothing there",
                 .hint = "excise sweep and excise reproduce write one"});
  }
  ResultFolder folder;
  folder.results = EXCISE_TRY(read_json(file));
  const std::string schema = text_at(folder.results, "/schema");
  if (schema != "excise.results/1") {
    return bad(file, "schema", "excise.results/1",
               schema.empty() ? "none" : schema.substr(0, 40));
  }
  EXCISE_CHECK(read_layers(file, folder));
  EXCISE_CHECK(read_tokens(file, folder));
  EXCISE_CHECK(read_arrays(path / "arrays.safetensors", folder));
  return folder;
}

const Matrix<double>* ResultFolder::array(std::string_view name) const {
  const auto found = arrays.find(name);
  return found == arrays.end() ? nullptr : &found->second;
}

const json& ResultFolder::layer_entry(size_t row) const {
  return results.at("layers").at(row);
}

std::vector<double> ResultFolder::by_layer(const char* pointer) const {
  std::vector<double> numbers;
  for (size_t row = 0; row < layers.size(); ++row) {
    numbers.push_back(number_at(layer_entry(row), pointer));
  }
  return numbers;
}

const json& value_at(const json& document, const char* pointer) {
  static const json kNull;
  const json* value = &document;
  std::string_view rest = pointer;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the slash
    const size_t length = std::min(rest.find('/'), rest.size());
    const std::string key(rest.substr(0, length));
    rest.remove_prefix(length);
    if (!value->is_object()) return kNull;
    const auto found = value->find(key);
    if (found == value->end()) return kNull;
    value = &*found;
  }
  return *value;
}

double number_at(const json& document, const char* pointer) {
  const json& value = value_at(document, pointer);
  return value.is_number() ? value.get<double>()
                           : std::numeric_limits<double>::quiet_NaN();
}

std::string text_at(const json& document, const char* pointer) {
  const json& value = value_at(document, pointer);
  return value.is_string() ? value.get<std::string>() : "";
}

std::vector<size_t> numbers_at(const json& document, const char* pointer) {
  std::vector<size_t> numbers;
  const json& list = value_at(document, pointer);
  if (!list.is_array()) return numbers;
  for (const json& value : list) {
    if (const auto number = count_of(value, 1 << 30)) {
      numbers.push_back(*number);
    }
  }
  return numbers;
}

}  // namespace excise
