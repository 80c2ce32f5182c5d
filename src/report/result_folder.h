// A result folder (docs/formats.md) read back, without trust: it may be of
// another version, or made up.
#ifndef EXCISE_REPORT_RESULT_FOLDER_H_
#define EXCISE_REPORT_RESULT_FOLDER_H_

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/matrix.h"
#include "io/safetensors.h"

namespace excise {

struct ResultFolder {
  // results.json; what it holds beyond `layers` and `tokens` is not checked:
  // read it through number_at() and text_at().
  nlohmann::json results;
  std::vector<size_t> layers;       // n edited ones, ascending
  std::vector<std::string> pieces;  // T token texts, valid UTF-8
  std::vector<int64_t> ids;         // T; none where there is no one text
  size_t n_states = 0;              // L + 1; of a sweep
  // The arrays of arrays.safetensors that are small, by name, their shapes
  // checked; a vector is one row. Those that the folder lacks are absent.
  std::map<std::string, Matrix<double>, std::less<>> arrays;
  TensorFile file;  // the large ones: a_clean_l{k}, a_edited_l{k}

  // Of any kind in result_kind.h. Errors: bad_input where there is no result
  // folder, io where a file is missing, bad_file where one is not what
  // docs/formats.md says.
  static Result<ResultFolder> open(const std::filesystem::path& folder);

  size_t n_tokens() const { return ids.size(); }
  // nullptr where it is absent.
  const Matrix<double>* array(std::string_view name) const;
  // The number at this JSON pointer in each entry of results.layers; NaN where
  // there is none.
  std::vector<double> by_layer(const char* pointer) const;
  const nlohmann::json& layer_entry(size_t row) const;
  // Of an edited layer; none for another.
  std::optional<size_t> row_of(size_t layer) const;
};

// What is at a JSON pointer such as "/manifest/model/name"; null where nothing
// is.
const nlohmann::json& value_at(const nlohmann::json& json, const char* pointer);
// NaN where there is no number.
double number_at(const nlohmann::json& json, const char* pointer);
// Empty where there is no string.
std::string text_at(const nlohmann::json& json, const char* pointer);
// A whole number from 0 to `largest`, if it is one.
std::optional<size_t> whole_number(const nlohmann::json& value, size_t largest);
// The whole numbers of a list, others left out.
std::vector<size_t> numbers_at(const nlohmann::json& json, const char* pointer);

}  // namespace excise

#endif  // EXCISE_REPORT_RESULT_FOLDER_H_
