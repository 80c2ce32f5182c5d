// Which files of a folder are excise's own, and so may be replaced.
#ifndef EXCISE_IO_OWN_FILES_H_
#define EXCISE_IO_OWN_FILES_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace excise {

// The names that a result folder of this schema may hold; none of an unknown
// one.
std::vector<std::string> result_file_names(std::string_view schema);

// What lies in an earlier output folder and is not excise's: everything but
// the files that manifest.files of its results.json lists or, without a list,
// those of its schema. Sorted; nothing where it is no earlier output.
std::optional<std::vector<std::string>> foreign_files(
    const std::filesystem::path& folder);

// Removes excise's own files, and the folder where nothing else is in it. Gives
// whether that is so.
bool remove_own_files(const std::filesystem::path& folder);

}  // namespace excise

#endif  // EXCISE_IO_OWN_FILES_H_
