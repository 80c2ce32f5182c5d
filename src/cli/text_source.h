// Where the text of an experiment comes from.
#ifndef EXCISE_CLI_TEXT_SOURCE_H_
#define EXCISE_CLI_TEXT_SOURCE_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

// The content of a file, or of standard input for "-", as read_plain_text()
// gives it; line ends of Windows are told on stderr. Errors: io, bad_file for a
// folder, more than 16 MiB or another encoding, bad_input when it is empty.
Result<std::string> read_text(const std::string& path);

// Several texts, a file each.
struct TextFiles {
  std::vector<std::string> texts;
  std::vector<std::string> names;            // of each text, for errors
  std::vector<std::filesystem::path> paths;  // of those that are files
};

// The texts of these files in their order; "-" is standard input, and a folder
// stands for its files by name, hidden ones and folders left out; that folders
// are is told on stderr unless `quiet`. Errors: those of read_text(), bad_input
// for a folder without files and for "-" twice.
Result<TextFiles> read_texts(const std::vector<std::string>& names, bool quiet);

// The names for read_texts() where files follow --text-file, or "-" stands
// alone: those of the option, then `arguments`. Error bad_input, of `where`,
// for arguments that neither is.
Result<std::vector<std::string>> text_file_names(
    std::vector<std::string> text_files,
    const std::vector<std::string>& arguments, std::string_view where);

}  // namespace excise

#endif  // EXCISE_CLI_TEXT_SOURCE_H_
