#include "experiment/task/task_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "io/bounded_json.h"
#include "io/table_text.h"
#include "io/text_file.h"
#include "io/utf8.h"

namespace excise {
namespace {

constexpr std::array kColumns = {"prompt", "answer", "foil", "counterpart",
                                 "group"};
constexpr const char* kNeeded = "the columns prompt and answer";
constexpr size_t kShownBytes = 60;
constexpr size_t kMostUnread = 20;

tl::unexpected<Error> bad_line(std::string_view source, size_t line,
                               std::string expected, std::string found,
                               std::string hint = {}) {
  return fail(ErrorCode::kBadFile,
              {.where = "task",
               .subject = fmt::format("{}, line {}", source, line),
               .expected = std::move(expected),
               .found = std::move(found),
               .hint = std::move(hint)});
}

std::string in_quotes(std::string_view text) {
  const std::string_view begin = beginning(text, kShownBytes);
  return fmt::format("\"{}{}\"", begin, begin.size() < text.size() ? "…" : "");
}

// Puts a value where its column says; false where it is none of them.
bool take(std::string_view column, std::string value, TaskRow& row) {
  if (column == "prompt") {
    row.prompt = std::move(value);
  } else if (column == "answer") {
    row.answer = std::move(value);
  } else if (column == "foil") {
    if (!value.empty()) row.foil = std::move(value);
  } else if (column == "counterpart") {
    if (!value.empty()) row.counterpart = std::move(value);
  } else if (column == "group") {
    row.group = std::move(value);
  } else {
    return false;
  }
  return true;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Adds rows, each once.
class Rows {
 public:
  Rows(std::string_view source, TaskFile& file)
      : source_(source), file_(file) {}

  Status add(TaskRow row) {
    if (is_blank(row.answer)) {
      return bad_line(source_, row.line, "an answer", "an empty one");
    }
    if (row.prompt.empty()) {
      return bad_line(source_, row.line, "a prompt", "an empty one");
    }
    if (row.foil && is_blank(*row.foil)) {
      return bad_line(source_, row.line, "a foil, or nothing at all",
                      "blanks alone");
    }
    const auto [earlier, is_new] = lines_.try_emplace(
        std::tuple(row.prompt, row.answer, row.foil.value_or("")), row.line);
    if (!is_new) {
      return bad_line(source_, row.line,
                      "each prompt with its answer and foil once",
                      fmt::format("those of line {} again", earlier->second),
                      "a row that counts twice makes tests too strong");
    }
    file_.rows.push_back(std::move(row));
    return {};
  }

  void leave(const std::string& column) {
    if (std::ranges::find(file_.unread, column) == file_.unread.end() &&
        file_.unread.size() < kMostUnread) {
      file_.unread.push_back(column);
    }
  }

 private:
  std::string_view source_;
  TaskFile& file_;
  std::map<std::tuple<std::string, std::string, std::string>, size_t> lines_;
};

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + in_quotes(name);
    if (text.size() > 200) return text + ", …";
  }
  return text;
}

Status read_table(std::string_view text, std::string_view source, Rows& rows) {
  // A prompt may begin with a #.
  const std::vector<TableRow> table = table_rows(text, Comments::kNone);
  if (table.empty()) return {};
  const std::vector<std::string>& heading = table.front().fields;
  for (const char* column : kColumns) {
    const auto count = std::ranges::count(heading, column);
    const bool needed = column == std::string_view("prompt") ||
                        column == std::string_view("answer");
    if (count > 1) {
      return bad_line(source, table.front().line,
                      fmt::format("one column {}", column),
                      fmt::format("{}", count));
    }
    if (count == 0 && needed) {
      return bad_line(source, table.front().line, kNeeded, listed(heading),
                      "the first line names the columns, with tabs or commas "
                      "between");
    }
  }
  for (const std::string& column : heading) {
    if (std::ranges::find(kColumns, column) == kColumns.end())
      rows.leave(column);
  }
  for (size_t i = 1; i < table.size(); ++i) {
    const auto& [line, fields] = table[i];
    if (fields.size() != heading.size()) {
      return bad_line(
          source, line,
          fmt::format("{} fields, as in the heading", heading.size()),
          fmt::format("{}", fields.size()),
          fields.size() > heading.size()
              ? "a field with separators stands in quotes"
              : "");
    }
    TaskRow row{.line = line};
    for (size_t f = 0; f < fields.size(); ++f) take(heading[f], fields[f], row);
    EXCISE_CHECK(rows.add(std::move(row)));
  }
  return {};
}

Status read_json_lines(std::string_view text, std::string_view source,
                       Rows& rows) {
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (is_blank(line)) continue;
    const auto json = parse_bounded_json(line);
    if (!json.is_object()) {
      return bad_line(source, number, "a JSON object on one line",
                      json.is_discarded() ? in_quotes(line) : json.type_name());
    }
    TaskRow row{.line = number};
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) {
      keys.push_back(key);
      if (std::ranges::find(kColumns, key) == kColumns.end()) {
        rows.leave(key);
        continue;
      }
      if (value.is_null()) continue;
      if (!value.is_string()) {
        return bad_line(source, number, key + " as a string",
                        value.type_name());
      }
      take(key, value.get<std::string>(), row);
    }
    for (const char* needed : {"prompt", "answer"}) {
      if (!json.contains(needed))
        return bad_line(source, number, "the keys prompt and answer",
                        keys.empty() ? "none" : listed(keys));
    }
    EXCISE_CHECK(rows.add(std::move(row)));
  }
  return {};
}

}  // namespace

Result<TaskFile> parse_task(std::string_view text, std::string_view source) {
  if (const auto offset = first_invalid_utf8(text)) {
    const auto line = std::ranges::count(text.substr(0, *offset), '\n');
    return bad_line(source, static_cast<size_t>(line) + 1, "UTF-8",
                    fmt::format("another byte at offset {}", *offset));
  }
  // Before anything is made of them.
  const auto lines = static_cast<size_t>(std::ranges::count(text, '\n'));
  if (lines > kMaxTaskLines) {
    return fail(ErrorCode::kBadFile,
                {.where = "task",
                 .subject = std::string(source),
                 .expected = fmt::format("at most {} lines", kMaxTaskLines),
                 .found = fmt::format("{}", lines),
                 .hint = "measure a part of it, drawn at random"});
  }
  TaskFile file;
  Rows rows(source, file);
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  EXCISE_CHECK(is_json ? read_json_lines(text, source, rows)
                       : read_table(text, source, rows));
  if (file.rows.empty()) {
    return fail(ErrorCode::kBadFile,
                {.where = "task",
                 .subject = std::string(source),
                 .expected = std::string(kNeeded) + " and at least one prompt",
                 .found = is_blank(text) ? "an empty file" : "no prompt"});
  }
  return file;
}

}  // namespace excise
