// README.md of an exported model.
#include <fmt/format.h>

#include "edit/export_model.h"
#include "io/text_file.h"

namespace excise {
namespace {

std::string formula(const EditSpec& spec) {
  return spec.action == EditAction::kRemove
             ? "a' = a + strength (B - M - sum over components of "
               "((a - M) · filter) atom)"
             : "a' = a + strength (sum over components of (mean code of the "
               "class) atom)";
}

std::string components_text(const EditPlace& place) {
  if (place.components.size() > 16) {
    return fmt::format("{} of them, {} to {}", place.components.size(),
                       place.components.front(), place.components.back());
  }
  return fmt::format("{}", fmt::join(place.components, ", "));
}

std::string edit_section(const Edit& edit) {
  const EditSpec& spec = edit.spec();
  std::string hooks;
  for (const EditPlace& place : edit.places()) {
    hooks += (hooks.empty() ? "`" : ", `") + hook_name(place.site) + "`";
  }
  std::string text = fmt::format(
      "| | |\n|---|---|\n| hook | {} |\n| basis | {}, file `{}`, fingerprint "
      "`{}` |\n| components | {} |\n| action | {}, strength {} |\n",
      hooks, edit.places().front().basis, spec.basis.filename().string(),
      edit.basis_fingerprint(), components_text(edit.places().front()),
      edit_action_name(spec.action), spec.strength);
  if (spec.action == EditAction::kAdd) {
    text += fmt::format("| class | {} |\n", spec.from_class);
  }
  return text + fmt::format("| activation | {} |\n", formula(spec));
}

std::string check_text(const ExportCheck& check) {
  return fmt::format(
      "Checked on a text of {} tokens against the original model with the edit "
      "as a hook: log p of the next token differs by {:.1e} nats at most, over "
      "the whole vocabulary by {:.1e}. The edit itself changes log p of the "
      "next token by up to {:.2g}.\n",
      check.tokens, check.worst_next, check.worst_any, check.edit_effect);
}

}  // namespace

Status write_export_readme(const Model& model, std::span<const Edit> edits,
                           const ExportedWeights& weights,
                           const std::optional<ExportCheck>& check,
                           const std::string& program_version,
                           const OutputFolder& folder) {
  const auto source = model.path / "README.md";
  std::error_code ignored;
  std::string text;
  if (std::filesystem::is_regular_file(source, ignored)) {
    text = EXCISE_TRY(read_text_file(source));
    if (!text.ends_with('\n')) text += '\n';
    text += '\n';
  }
  text += fmt::format(
      "## Edited weights\n"
      "These weights are not those of the original model: excise {} wrote the "
      "following edit into them. Everything else is unchanged; the original's "
      "fingerprint is `{}`.\n\n",
      program_version, model.fingerprint());
  for (const Edit& edit : edits) text += edit_section(edit) + "\n";
  text +=
      fmt::format("Changed tensors: `{}`. Stored as {}{}.\n",
                  fmt::join(weights.changed, "`, `"), dtype_name(weights.dtype),
                  weights.dtype == model.weights.dtype()
                      ? ""
                      : fmt::format(" (the original as {})",
                                    dtype_name(model.weights.dtype())));
  if (check) text += "\n" + check_text(*check);
  return folder.write_text("README.md", text);
}

}  // namespace excise
