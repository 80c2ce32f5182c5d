#include "experiment/corpus/corpus_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/bounded_json.h"
#include "io/table_text.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

namespace fs = std::filesystem;

// Of one file: a table is read whole, JSON lines one by one.
constexpr size_t kMostBytes = size_t{1} << 30;
constexpr const char* kFolderField = "folder";
// What a folder is searched for.
constexpr std::array<std::string_view, 8> kOfFolders = {
    "", ".txt", ".text", ".md", ".jsonl", ".ndjson", ".csv", ".tsv"};

// In small letters: ".txt".
std::string ending_of(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return ending;
}

tl::unexpected<Error> unreadable(const std::string& name,
                                 const std::string& expected,
                                 const std::string& found,
                                 const std::string& hint = {}) {
  return fail(ErrorCode::kIo, {.where = "corpus",
                               .subject = name,
                               .expected = expected,
                               .found = found,
                               .hint = hint});
}

// Files of it and below it.
Result<std::vector<fs::path>> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    const bool hidden = at->path().filename().native().starts_with('.');
    if (hidden && at->is_directory(error)) at.disable_recursion_pending();
    if (!hidden && at->is_regular_file(error)) files.push_back(at->path());
  }
  if (error) {
    return unreadable(folder.string(), "a folder that can be read",
                      error.message());
  }
  if (files.empty()) {
    return fail(ErrorCode::kBadInput, {.where = "corpus",
                                       .subject = folder.string(),
                                       .expected = "files with texts",
                                       .found = "an empty folder"});
  }
  std::ranges::sort(files);
  return files;
}

bool is_of_folders(const fs::path& file) {
  return std::ranges::find(kOfFolders, ending_of(file)) != kOfFolders.end();
}

// Reads one source after the other.
class Reader {
 public:
  Reader(const CorpusSpec& spec, const TakeText& take, const SkipText& skip,
         const ReadBytes& read)
      : spec_(spec), take_(take), skip_(skip), read_(read) {
    if (!read_) return;
    for (const std::string& file : corpus_files(spec.texts))
      total_ += bytes_of(file);
  }

  Status read(const std::string& name) {
    if (name == "-") return read_standard_input();
    std::error_code ignored;
    if (!fs::exists(name, ignored)) {
      return unreadable(name, "a file or folder with texts", "nothing there",
                        name.find('*') != std::string::npos
                            ? "a pattern in quotes is not expanded"
                            : "");
    }
    if (!fs::is_directory(name, ignored)) return read_file(name);
    for (const fs::path& file : EXCISE_TRY(files_below(name))) {
      EXCISE_CHECK(is_of_folders(file)
                       ? read_file(file)
                       : skip(file.string(),
                              fmt::format("files that end in {} are read where "
                                          "they are named themselves",
                                          ending_of(file))));
    }
    return {};
  }

 private:
  // What a field of a text is, or nothing.
  using FieldOf =
      std::function<std::optional<std::string>(const std::string& field)>;

  static size_t bytes_of(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    return error ? 0 : static_cast<size_t>(size);
  }

  // Of the file at hand and those before it.
  void tell(size_t bytes_of_file) {
    if (read_) read_(before_ + bytes_of_file, total_);
  }

  Status skip(const std::string& name, std::string reason) {
    return skip_({name, std::move(reason)});
  }

  Status hand_on(const std::string& name, std::string text,
                 const FieldOf& field_of) {
    CorpusText one{name, {}, {}, std::move(text)};
    for (auto& [field, value] : {std::pair{&spec_.unit, &one.unit},
                                 std::pair{&spec_.group, &one.group}}) {
      if (field->empty()) continue;
      auto found = field_of(*field);
      if (!found) return skip(name, fmt::format("no field \"{}\"", *field));
      *value = std::move(*found);
    }
    if (one.text.find_first_not_of(" \t\r\n") == std::string::npos)
      return skip(name, "an empty text");
    return take_(std::move(one));
  }

  Status read_file(const fs::path& path) {
    EXCISE_CHECK(read_texts_of(path));
    before_ += bytes_of(path);
    tell(0);
    return {};
  }

  Status read_texts_of(const fs::path& path) {
    const std::string ending = ending_of(path);
    if (ending == ".jsonl" || ending == ".ndjson") {
      std::ifstream file(path, std::ios::binary);
      if (!file)
        return unreadable(path.string(), "a file", "it cannot be read");
      return read_lines(file, path.string());
    }
    if (ending == ".csv" || ending == ".tsv") return read_table(path);
    if (ending == ".parquet") {
      return fail(ErrorCode::kUnsupported,
                  {.where = "corpus",
                   .subject = path.string(),
                   .expected = "text files, JSON lines or CSV",
                   .found = "Parquet",
                   .hint = "excise.corpus of the Python package reads it"});
    }
    const auto read = read_plain_text(path, kMostBytes);
    if (!read) return skip_or_fail(path.string(), read.error());
    return whole_text(path.string(), read->text,
                      fs::absolute(path).parent_path().filename().string());
  }

  // A content that is wrong is that text's own trouble; a disk is not.
  Status skip_or_fail(const std::string& name, const Error& error) {
    if (error.code != ErrorCode::kBadFile) return tl::unexpected<Error>(error);
    // Its beginning names the file once more.
    const size_t what = error.message.find("expected ");
    return skip(name, what == std::string::npos ? error.message
                                                : error.message.substr(what));
  }

  Status whole_text(const std::string& name, std::string text,
                    const std::string& folder) {
    return hand_on(name, std::move(text),
                   [&](const std::string& field) -> std::optional<std::string> {
                     if (field == kFolderField) return folder;
                     return std::nullopt;
                   });
  }

  Status read_standard_input() {
    std::ifstream input("/dev/stdin", std::ios::binary);
    if ((input >> std::ws).peek() == '{') return read_lines(input, "-");
    std::string text(std::istreambuf_iterator<char>(input), {});
    const auto read = plain_text(std::move(text), "standard input");
    if (!read) return skip_or_fail("-", read.error());
    return whole_text("-", read->text, "");
  }

  Status read_lines(std::istream& input, const std::string& source) {
    size_t number = 0, bytes = 0;
    for (std::string line; std::getline(input, line);) {
      ++number;
      bytes += line.size() + 1;
      if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      EXCISE_CHECK(read_line(line, fmt::format("{}:{}", source, number)));
      tell(bytes);
    }
    if (input.bad()) return unreadable(source, "all of it", "a read error");
    return {};
  }

  Status read_line(const std::string& line, const std::string& name) {
    if (const auto at = first_invalid_utf8(line))
      return skip(name, fmt::format("not UTF-8 at byte {}", *at));
    const nlohmann::json object = parse_bounded_json(line);
    if (!object.is_object()) return skip(name, "not a JSON object");
    const auto field_of =
        [&](const std::string& field) -> std::optional<std::string> {
      const auto found = object.find(field);
      if (found == object.end() || found->is_null() || found->is_structured())
        return std::nullopt;
      return found->is_string() ? found->get<std::string>() : found->dump();
    };
    const auto text = object.find(spec_.field);
    if (text == object.end() || !text->is_string())
      return skip(name, fmt::format("no text in field \"{}\"", spec_.field));
    return hand_on(name, text->get<std::string>(), field_of);
  }

  Status read_table(const fs::path& path) {
    const auto read = read_plain_text(path, kMostBytes);
    if (!read) return skip_or_fail(path.string(), read.error());
    const std::vector<TableRow> rows = table_rows(read->text, Comments::kNone);
    if (rows.empty()) return skip(path.string(), "an empty table");
    const std::vector<std::string>& heading = rows.front().fields;
    const auto column = [&](const std::string& field) {
      return static_cast<size_t>(std::ranges::find(heading, field) -
                                 heading.begin());
    };
    for (const std::string* field : {&spec_.field, &spec_.unit, &spec_.group}) {
      if (field->empty() || column(*field) < heading.size()) continue;
      return fail(ErrorCode::kBadInput,
                  {.where = "corpus",
                   .subject = path.string(),
                   .expected = fmt::format("a column \"{}\"", *field),
                   .found = fmt::format("{}", fmt::join(heading, ", ")),
                   .hint = "--field, --unit and --group name columns"});
    }
    for (const TableRow& row : std::span(rows).subspan(1)) {
      const auto nth = static_cast<size_t>(&row - rows.data());
      tell(read->text.size() * nth / rows.size());
      const auto field_of =
          [&](const std::string& field) -> std::optional<std::string> {
        const size_t at = column(field);
        return at < row.fields.size() ? std::optional(row.fields[at])
                                      : std::nullopt;
      };
      const std::string name = fmt::format("{}:{}", path.string(), row.line);
      const auto text = field_of(spec_.field);
      EXCISE_CHECK(text ? hand_on(name, *text, field_of)
                        : skip(name, "a row that is cut short"));
    }
    return {};
  }

  const CorpusSpec& spec_;
  const TakeText& take_;
  const SkipText& skip_;
  const ReadBytes& read_;
  size_t before_ = 0, total_ = 0;  // bytes
};

}  // namespace

std::vector<std::string> corpus_files(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const std::string& name : names) {
    const auto below = fs::is_directory(name, ignored)
                           ? files_below(name)
                           : Result<std::vector<fs::path>>();
    if (name != "-" && (!below || below->empty())) files.push_back(name);
    for (const fs::path& file : below.value_or(std::vector<fs::path>()))
      if (is_of_folders(file)) files.push_back(file.string());
  }
  return files;
}

Status read_corpus(const CorpusSpec& spec, const TakeText& take,
                   const SkipText& skip, const ReadBytes& read) {
  Reader reader(spec, take, skip, read);
  for (const std::string& name : spec.texts) EXCISE_CHECK(reader.read(name));
  return {};
}

}  // namespace excise
