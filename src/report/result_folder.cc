#include "report/result_folder.h"

#include <limits>

#include "report/result_kind.h"
#include "report/result_reader.h"

namespace excise {

using nlohmann::json;

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
                 .hint = "excise sweep, reproduce, median, lesion and concept "
                         "write one"});
  }
  ResultFolder folder;
  folder.results = EXCISE_TRY(read_results_json(file));
  const ResultKind* kind = EXCISE_TRY(kind_of(folder));
  EXCISE_CHECK(read_layers(file, folder));
  EXCISE_CHECK(kind->read(path, folder));
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

std::optional<size_t> ResultFolder::row_of(size_t layer) const {
  const auto at = std::ranges::find(layers, layer);
  if (at == layers.end()) return std::nullopt;
  return static_cast<size_t>(at - layers.begin());
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

// A whole number from 0 to `largest`, if it is one.
std::optional<size_t> whole_number(const json& value, size_t largest) {
  if (!value.is_number_integer()) return std::nullopt;
  if (!value.is_number_unsigned() && value.get<int64_t>() < 0) {
    return std::nullopt;
  }
  const auto number = value.get<uint64_t>();
  return number <= largest ? std::optional<size_t>(number) : std::nullopt;
}

std::vector<size_t> numbers_at(const json& document, const char* pointer) {
  std::vector<size_t> numbers;
  const json& list = value_at(document, pointer);
  if (!list.is_array()) return numbers;
  for (const json& value : list) {
    if (const auto number = whole_number(value, 1 << 30)) {
      numbers.push_back(*number);
    }
  }
  return numbers;
}

}  // namespace excise
