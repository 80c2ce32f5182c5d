// The tables of docs/formats.md are what the lists of fields say. Run with
// EXCISE_WRITE_TABLES=1, this writes them instead.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "experiment/kinds/kinds.h"
#include "io/text_file.h"

namespace excise {
namespace {

const std::string kDocument =
    std::string(EXCISE_SOURCE_DIR) + "/docs/formats.md";

std::string in_code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", text);
}

// Of a spec that nobody changed.
std::string table_of(const Fields& fields) {
  std::string table = "| key | option | default | |\n|---|---|---|---|\n";
  for (const Field& field : fields) {
    table += fmt::format("| {} | {} | {} | {} |\n", in_code(field.key),
                         field.option ? in_code(option_name(field)) : "",
                         in_code(toml_value(field.value)), field.help);
  }
  return table;
}

void expect_documented(std::string_view schema, const Fields& fields) {
  std::string text = read_text_file(kDocument).value();
  const std::string mark = fmt::format("<!-- options of {} -->\n", schema);
  const size_t found = text.find(mark);
  ASSERT_NE(found, std::string::npos) << mark;
  const size_t first = found + mark.size();
  const size_t last = text.find("\n\n", first) + 1;
  const std::string table = table_of(fields);
  if (std::getenv("EXCISE_WRITE_TABLES") != nullptr) {
    text.replace(first, last - first, table);
    std::ofstream(kDocument, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text.substr(first, last - first), table)
      << "EXCISE_WRITE_TABLES=1 writes it";
}

TEST(OptionTables, AreTheFieldsOfEachExperiment) {
  for_each_kind([](const auto& kind) {
    kind.with_options(
        [&](const Fields& fields) { expect_documented(kind.kSchema, fields); });
  });
}

}  // namespace
}  // namespace excise
