#include "report/result_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "io/text_file.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr int kDeepest = 32;
// A tree in memory is up to 20 times as large as its text.
constexpr size_t kMostBytes = size_t{64} << 20;
constexpr size_t kMostTokens = size_t{1} << 20;

std::string shape_text(const std::vector<size_t>& shape) {
  std::string text = "[";
  for (const size_t size : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  }
  return text + "]";
}

bool fits(const StoredTensor& tensor, const ExpectedArray& expected) {
  if (tensor.shape.size() != expected.shape.size()) return false;
  for (size_t i = 0; i < expected.shape.size(); ++i) {
    const auto& size = expected.shape[i];
    if (size && tensor.shape[i] != *size) return false;
  }
  return true;
}

// Whether docs/formats.md has a probability under this key: p and q, alone or
// at either end of a name, and what states its tail. Others with a p in them
// count.
bool is_probability(std::string_view key) {
  if (key.starts_with("repeats_for_")) return false;
  if (key.ends_with("_p_one_sided") || key.ends_with("_p_two_sided"))
    return true;
  for (const std::string_view p : {"p", "q"}) {
    if (key == p || (key.starts_with(p) && key.substr(1).starts_with('_')) ||
        (key.ends_with(p) && key.substr(0, key.size() - 1).ends_with('_'))) {
      return true;
    }
  }
  return false;
}

// The first key of those that hold probabilities whose number is none; null
// where all are.
const std::string* no_probability(const json& value) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.get_ref<const json::object_t&>()) {
      if (is_probability(key) && inner.is_number()) {
        const auto p = inner.get<double>();
        if (!(p >= 0 && p <= 1)) return &key;
      }
      if (const std::string* found = no_probability(inner)) return found;
    }
  } else if (value.is_array()) {
    for (const json& inner : value) {
      if (const std::string* found = no_probability(inner)) return found;
    }
  }
  return nullptr;
}

}  // namespace

tl::unexpected<Error> bad_result(const std::filesystem::path& file,
                                 const std::string& part, std::string expected,
                                 std::string found) {
  return fail(ErrorCode::kBadFile,
              {.where = "report",
               .subject = file.string() + (part.empty() ? "" : ": " + part),
               .expected = std::move(expected),
               .found = std::move(found),
               .hint = "a result folder is what excise sweep, run, "
                       "reproduce, median, lesion and concept write"});
}

Result<json> read_results_json(const std::filesystem::path& path) {
  const std::string text = EXCISE_TRY(read_text_file(path, kMostBytes));
  bool deep = false;
  const auto not_too_deep = [&](int depth, json::parse_event_t, json&) {
    deep = deep || depth > kDeepest;
    return !deep;  // what is deeper is left out, and then refused
  };
  json document = json::parse(text, not_too_deep, false);
  if (deep) {
    return bad_result(
        path, "", "at most " + std::to_string(kDeepest) + " levels", "more");
  }
  if (!document.is_object()) {
    return bad_result(
        path, "", "a JSON object",
        document.is_discarded() ? "no valid JSON" : document.type_name());
  }
  if (const std::string* key = no_probability(document)) {
    return bad_result(path, *key, "probabilities from 0 to 1",
                      "another number");
  }
  return document;
}

Status read_layers(const std::filesystem::path& path, ResultFolder& folder) {
  const json& layers = value_at(folder.results, "/layers");
  if (!layers.is_array() || layers.empty()) {
    return bad_result(path, "layers",
                      "a list with an entry for each swept layer",
                      layers.is_array() ? "an empty list" : layers.type_name());
  }
  for (const json& entry : layers) {
    const auto layer = whole_number(value_at(entry, "/layer"), 1 << 20);
    if (!layer || (!folder.layers.empty() && *layer <= folder.layers.back())) {
      return bad_result(path, "layers", "entries with ascending layers",
                        "others");
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
    return bad_result(path, "tokens",
                      "ids and pieces, as many of one as of the other",
                      "something else");
  }
  for (size_t t = 0; t < ids.size(); ++t) {
    const auto id = whole_number(ids[t], size_t{1} << 31U);
    if (!id || !pieces[t].is_string()) {
      return bad_result(path, "tokens", "whole numbers as ids, texts as pieces",
                        "something else at " + std::to_string(t));
    }
    folder.ids.push_back(static_cast<int64_t>(*id));
    folder.pieces.push_back(pieces[t].get<std::string>());
  }
  return {};
}

bool is_older(const ResultFolder& folder) {
  return text_at(folder.results, "/schema").ends_with("/1");
}

Status check_ids_array(const std::filesystem::path& path,
                       const ResultFolder& folder) {
  if (is_older(folder) && folder.file.find("ids") == nullptr) return {};
  const StoredTensor* tensor = EXCISE_TRY(folder.file.get("ids"));
  const Matrix<double> ids = EXCISE_TRY(tensor->to_double());
  const auto same = [](double a, int64_t b) {
    return a == static_cast<double>(b);
  };
  if (std::ranges::equal(ids.values(), folder.ids, same)) return {};
  return bad_result(path, "ids", "the tokens of results.json",
                    "those of another text");
}

Status read_arrays(const std::filesystem::path& path,
                   const std::vector<ExpectedArray>& expected,
                   ResultFolder& folder) {
  for (const ExpectedArray& one : expected) {
    if (one.required) EXCISE_TRY(folder.file.get(one.name));
    const StoredTensor* tensor = folder.file.find(one.name);
    if (tensor == nullptr) continue;
    if (!fits(*tensor, one)) {
      std::vector<size_t> shape;
      for (const auto& size : one.shape) shape.push_back(size.value_or(0));
      return bad_result(path, one.name,
                        "shape " + shape_text(shape) + " (0: any)",
                        shape_text(tensor->shape));
    }
    Matrix<double> values = EXCISE_TRY(tensor->to_double());
    const auto is_none = [](double p) { return p < 0 || p > 1; };  // NaN may be
    if (is_probability(one.name) &&
        std::ranges::any_of(values.values(), is_none))
      return bad_result(path, one.name, "probabilities from 0 to 1",
                        "another number");
    folder.arrays.emplace(one.name, std::move(values));
  }
  return {};
}

void take_scan_grid(ResultFolder& folder) {
  constexpr size_t kMostSteps = 4096;
  const auto& first = value_at(folder.layer_entry(0), "/scan");
  if (!first.is_array() || first.empty() || first.size() > kMostSteps) return;
  for (const char* key : {"mean", "t", "q", "share"}) {
    Matrix<double> grid(folder.layers.size(), first.size());
    for (size_t row = 0; row < grid.rows(); ++row) {
      const auto& steps = value_at(folder.layer_entry(row), "/scan");
      for (size_t step = 0; step < grid.cols(); ++step) {
        grid(row, step) =
            steps.is_array() && step < steps.size()
                ? number_at(steps[step], (std::string("/") + key).c_str())
                : NAN;
      }
    }
    folder.arrays.insert_or_assign(std::string("scan_") + key, std::move(grid));
  }
}

}  // namespace excise
