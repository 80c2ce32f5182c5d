#include "report/result_kind.h"

#include <array>

#include "io/utf8.h"
#include "report/result_reader.h"

namespace excise {
namespace {

const std::array<const ResultKind*, 6>& kinds() {
  static const std::array kKinds = {&sweep_kind(),  &median_kind(),
                                    &lesion_kind(), &concept_kind(),
                                    &corpus_kind(), &task_kind()};
  return kKinds;
}

}  // namespace

const ResultKind* find_result_kind(std::string_view schema) {
  for (const ResultKind* kind : kinds()) {
    if (schema.empty()) continue;
    if (kind->schema == schema || kind->older_schema == schema) return kind;
  }
  return nullptr;
}

std::string result_schemas() {
  std::string text;
  for (const ResultKind* kind : kinds()) {
    if (!text.empty()) text += kind == kinds().back() ? " or " : ", ";
    text += kind->schema;
  }
  return text;
}

Result<const ResultKind*> kind_of(const ResultFolder& folder) {
  const std::string schema = text_at(folder.results, "/schema");
  const ResultKind* kind = find_result_kind(schema);
  if (kind == nullptr) {
    return bad_result(
        "results.json", "schema", result_schemas(),
        schema.empty() ? "none" : std::string(beginning(schema, 40)));
  }
  return kind;
}

}  // namespace excise
