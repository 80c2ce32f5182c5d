#include "cli/text_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "cli/print.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFiles = 10000;

Result<std::vector<fs::path>> files_of_folder(const fs::path& folder,
                                              bool quiet) {
  std::error_code error;
  size_t folders = 0;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const bool hidden = at->path().filename().native().starts_with('.');
    if (!hidden && at->is_regular_file(error)) files.push_back(at->path());
    if (!hidden && at->is_directory(error)) ++folders;
    if (files.size() > kMostFiles) break;
  }
  if (error) {
    return fail(ErrorCode::kIo, {.where = "text",
                                 .subject = folder.string(),
                                 .expected = "a folder that can be read",
                                 .found = error.message()});
  }
  if (files.empty() || files.size() > kMostFiles) {
    return fail(ErrorCode::kBadInput,
                {.where = "text",
                 .subject = folder.string(),
                 .expected = fmt::format("1 to {} files with a text each, in a "
                                         "folder",
                                         kMostFiles),
                 .found = !files.empty() ? "more"
                          : folders > 0  ? "folders alone"
                                         : "none"});
  }
  if (folders > 0 && !quiet) {
    print_error("{}: {} folder{} in it left out; name {} too to read {}\n",
                shown(folder.string()), folders, folders == 1 ? "" : "s",
                folders == 1 ? "it" : "them", folders == 1 ? "it" : "them");
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<TextFiles> read_texts(const std::vector<std::string>& names,
                             bool quiet) {
  TextFiles read;
  if (std::ranges::count(names, "-") > 1) {
    return fail(ErrorCode::kBadInput, {.where = "text",
                                       .subject = "-",
                                       .expected = "standard input once",
                                       .found = "it twice"});
  }
  for (const std::string& name : names) {
    std::error_code ignored;
    std::vector<fs::path> files = {name};
    if (name != "-" && fs::is_directory(name, ignored))
      files = EXCISE_TRY(files_of_folder(name, quiet));
    for (const fs::path& file : files) {
      read.texts.push_back(EXCISE_TRY(read_text(file.string())));
      read.names.push_back(name == "-" ? "standard input" : file.string());
      if (name != "-") read.paths.push_back(file);
    }
  }
  return read;
}

Result<std::vector<std::string>> text_file_names(
    std::vector<std::string> text_files,
    const std::vector<std::string>& arguments, std::string_view where) {
  const bool is_standard_input =
      arguments.size() == 1 && arguments.front() == "-";
  if (text_files.empty() && !arguments.empty() && !is_standard_input) {
    return fail(ErrorCode::kBadInput,
                {.where = where,
                 .subject = "second argument",
                 .expected = "- (the text from standard input)",
                 .found = "\"" + arguments.front() + "\"",
                 .hint = "a text is given with --text, files with texts "
                         "follow --text-file"});
  }
  text_files.insert(text_files.end(), arguments.begin(), arguments.end());
  return text_files;
}

Result<std::string> read_text(const std::string& path) {
  constexpr size_t kMaxBytes = size_t{16} << 20;
  const std::string source = path == "-" ? "/dev/stdin" : path;
  const PlainText read = EXCISE_TRY(read_plain_text(source, kMaxBytes));
  const std::string& text = read.text;
  if (read.windows_line_ends > 0) {
    print_error("{}: {} line end{} of Windows (\\r\\n) read as \\n\n",
                shown(source), read.windows_line_ends,
                read.windows_line_ends == 1 ? "" : "s");
  }
  if (text.empty()) {
    return fail(ErrorCode::kBadInput, {.where = "text",
                                       .subject = source,
                                       .expected = "at least one token",
                                       .found = "an empty text"});
  }
  return text;
}

}  // namespace excise
