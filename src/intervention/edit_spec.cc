#include "intervention/edit_spec.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "io/text_file.h"
#include "io/toml_record.h"

namespace excise {
namespace {

constexpr std::string_view kSchema = "excise.edit/1";
constexpr size_t kMaxBytes = size_t{1} << 20;

// The keys of the file and what they hold.
struct Record {
  std::string hook, basis, action = "remove", positions = "all";
  std::vector<int> components;
  double strength = 1;
  uint64_t from_class = 0;

  std::vector<TomlKey> keys() {
    return {{"hook", &hook},
            {"basis", &basis},
            {"components", &components},
            {"action", &action},
            {"strength", &strength},
            {"class", &from_class},
            {"positions", &positions}};
  }
};

tl::unexpected<Error> bad_key(std::string_view source, std::string_view key,
                              std::string expected, std::string found) {
  return fail(ErrorCode::kBadInput,
              {.where = "edit",
               .subject = std::string(source) + ": " + std::string(key),
               .expected = std::move(expected),
               .found = std::move(found)});
}

}  // namespace

std::string_view edit_action_name(EditAction action) {
  return action == EditAction::kRemove ? "remove" : "add";
}

Result<EditAction> parse_edit_action(std::string_view name) {
  if (name == "remove") return EditAction::kRemove;
  if (name == "add") return EditAction::kAdd;
  return fail(ErrorCode::kBadInput, {.where = "edit",
                                     .subject = "action",
                                     .expected = "remove or add",
                                     .found = "\"" + std::string(name) + "\""});
}

Result<EditSpec> parse_edit(std::string_view toml, std::string_view source,
                            const std::filesystem::path& folder) {
  Record record;
  EXCISE_CHECK(read_toml(toml, source, kSchema, record.keys()));
  if (!toml_schema(toml)) {
    return bad_key(source, "schema", "\"" + std::string(kSchema) + "\"",
                   "none");
  }
  if (record.hook.empty() || record.basis.empty()) {
    return bad_key(source, record.hook.empty() ? "hook" : "basis", "a string",
                   "none");
  }
  EditSpec edit;
  edit.hook = record.hook;
  edit.basis = record.basis;
  if (edit.basis.is_relative()) edit.basis = folder / edit.basis;
  edit.components.assign(record.components.begin(), record.components.end());
  std::sort(edit.components.begin(), edit.components.end());
  if (std::adjacent_find(edit.components.begin(), edit.components.end()) !=
      edit.components.end()) {
    return bad_key(source, "components", "each once", "one twice");
  }
  edit.action = EXCISE_TRY(parse_edit_action(record.action));
  if (!std::isfinite(record.strength)) {
    return bad_key(source, "strength", "a finite number",
                   std::to_string(record.strength));
  }
  edit.strength = record.strength;
  edit.from_class = record.from_class;
  edit.positions = EXCISE_TRY(Positions::parse(record.positions));
  return edit;
}

Result<EditSpec> read_edit(const std::filesystem::path& path) {
  return parse_edit(EXCISE_TRY(read_plain_text(path, kMaxBytes)).text,
                    path.string(), path.parent_path());
}

std::string edit_to_toml(const EditSpec& edit) {
  Record record;
  record.hook = edit.hook;
  record.basis = edit.basis.string();
  for (const size_t component : edit.components) {
    record.components.push_back(static_cast<int>(component));
  }
  record.action = edit_action_name(edit.action);
  record.strength = edit.strength;
  record.from_class = edit.from_class;
  record.positions = edit.positions.text();
  return write_toml(kSchema, record.keys());
}

}  // namespace excise
