// The kinds of results that a report is made of: one for each schema of
// results.json. A new kind is a file `<name>_kind.cc` with its reader and its
// list of panels, and a line in result_kind.cc.
#ifndef EXCISE_REPORT_RESULT_KIND_H_
#define EXCISE_REPORT_RESULT_KIND_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "report/panel.h"
#include "report/result_folder.h"
#include "report/text.h"

namespace excise {

struct ResultKind {
  std::string_view schema;             // of results.json
  std::string_view older_schema = {};  // that is read too; may be empty
  // Reads what its panels need beyond results.layers, shapes checked. Errors:
  // io, bad_file.
  Status (*read)(const std::filesystem::path& path, ResultFolder& folder);
  // What stands above the panels: what was done and what came out.
  Html (*head)(const ResultFolder& folder);
  // The figure in the head; none where a kind has none.
  std::optional<Slot> (*main_figure)(const ResultFolder& folder) = nullptr;
  // In their order on the page. Errors: bad_file.
  Result<std::vector<Panel>> (*panels)(const ResultFolder& folder);
  // The row of the layer that is worth looking at first.
  size_t (*first_row)(const ResultFolder& folder);
  // Whether it is a sweep of a text: its tokens can be coloured, and several
  // results compared layer by layer.
  bool sweeps_a_text = false;
};

const ResultKind& sweep_kind();
const ResultKind& median_kind();
const ResultKind& lesion_kind();
const ResultKind& concept_kind();
const ResultKind& corpus_kind();
const ResultKind& task_kind();

// nullptr where no report can be made of this schema.
const ResultKind* find_result_kind(std::string_view schema);
// "excise.results/1 or excise.median/1": all of them.
std::string result_schemas();

// Of a folder that was opened. Error: bad_file for another schema.
Result<const ResultKind*> kind_of(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_RESULT_KIND_H_
