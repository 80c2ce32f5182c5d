// What the kinds of results read from a folder, each part checked.
#ifndef EXCISE_REPORT_RESULT_READER_H_
#define EXCISE_REPORT_RESULT_READER_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "report/result_folder.h"

namespace excise {

// The error of a part of a file that is not what docs/formats.md says.
tl::unexpected<Error> bad_result(const std::filesystem::path& file,
                                 const std::string& part, std::string expected,
                                 std::string found);

// results.json as it is; at most 32 levels deep.
Result<nlohmann::json> read_results_json(const std::filesystem::path& path);

// results.layers: one entry at least, ascending. path: of results.json.
Status read_layers(const std::filesystem::path& path, ResultFolder& folder);

// results.tokens: ids and their pieces.
Status read_tokens(const std::filesystem::path& path, ResultFolder& folder);

// Of an earlier version, which may lack parts that later ones always have.
bool is_older(const ResultFolder& folder);

// The array `ids` of folder.file is that of results.json: the numbers are of
// this text. path: of the file.
Status check_ids_array(const std::filesystem::path& path,
                       const ResultFolder& folder);

// An array of arrays.safetensors; a dimension without a number is of any size.
struct ExpectedArray {
  std::string name;
  std::vector<std::optional<size_t>> shape;
  bool required = false;
};

// Takes those that folder.file has into folder.arrays; one of [a, b, c] becomes
// a matrix [a * b, c]. path: of the file.
Status read_arrays(const std::filesystem::path& path,
                   const std::vector<ExpectedArray>& expected,
                   ResultFolder& folder);

// The grid of a scan that results.json has layer by layer, as a sweep has it
// among its arrays.
void take_scan_grid(ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_RESULT_READER_H_
