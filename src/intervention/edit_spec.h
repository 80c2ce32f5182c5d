// An edit as its file states it (docs/formats.md, edit file): what is changed,
// where, by how much. The same file serves sweep, generate, export and Python.
#ifndef EXCISE_INTERVENTION_EDIT_SPEC_H_
#define EXCISE_INTERVENTION_EDIT_SPEC_H_

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "intervention/positions.h"

namespace excise {

// kRemove switches off: a' = a + strength (removal of K from a). kAdd switches
// on: a' = a + strength (codes of a class of the fit, on average) atoms_K.
enum class EditAction { kRemove, kAdd };
std::string_view edit_action_name(EditAction action);  // "remove", "add"
Result<EditAction> parse_edit_action(std::string_view name);

struct EditSpec {
  std::string hook;                // as find_hooks() takes it
  std::filesystem::path basis;     // relative: to the current folder
  std::vector<size_t> components;  // K; none: all that the basis has
  EditAction action = EditAction::kRemove;
  double strength = 1;    // 1: all of it; 0: nothing changes
  size_t from_class = 0;  // kAdd: whose codes, as the fit numbered its classes
  Positions positions;
};

// toml: schema excise.edit/1. source: for messages. folder: what a relative
// `basis` counts from. Error bad_input.
Result<EditSpec> parse_edit(std::string_view toml, std::string_view source,
                            const std::filesystem::path& folder);

// Errors: those of read_text_file and parse_edit. A relative basis counts from
// the file's folder.
Result<EditSpec> read_edit(const std::filesystem::path& path);

// The file that says the same, with the path of the basis as it is here.
std::string edit_to_toml(const EditSpec& edit);

}  // namespace excise

#endif  // EXCISE_INTERVENTION_EDIT_SPEC_H_
