#include "cli/field_options.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace excise {
namespace {

template <typename T>
constexpr bool kIsList = false;
template <typename T>
constexpr bool kIsList<std::vector<T>> = !std::is_same_v<T, std::string>;

Status take_typed(const Field& field, const std::string& text) {
  if (field.option->read) return field.option->read(text);
  const std::string expected = std::get<TomlText>(field.value).read(text);
  if (expected.empty()) return {};
  return fail(ErrorCode::kBadInput, {.where = "spec",
                                     .subject = option_name(field),
                                     .expected = expected,
                                     .found = "\"" + text + "\""});
}

}  // namespace

Option FieldOptions::add(Command command, Field& field) {
  const std::string name = option_name(field);
  const std::string type(field.option->type);
  const auto add_typed = [&](const std::string& shown) {
    Typed& typed = typed_.emplace_back(Typed{&field, std::nullopt});
    return command.add_option(name, typed.text, field.help)
        .type(type)
        .show_default(shown);
  };
  return std::visit(
      [&](auto& value) -> Option {
        using Bound = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Bound, bool*>) {
          return command.add_flag(name, *value, field.help);
        } else if constexpr (!std::is_pointer_v<Bound> ||
                             kIsList<std::remove_pointer_t<Bound>>) {
          if constexpr (std::is_same_v<Bound, TomlText>) {
            if (!field.option->read) return add_typed(value.write());
          }
          return add_typed(field.option->shown);
        } else {
          Option option = command.add_option(name, *value, field.help);
          option.type(type);
          using Held = std::remove_pointer_t<Bound>;
          if constexpr (std::is_same_v<Held, std::vector<std::string>>) {
            option.repeatable();
          } else if constexpr (std::is_same_v<Held, std::string>) {
            if (!value->empty()) option.show_default();
          } else if constexpr (std::is_arithmetic_v<Held>) {
            option.show_default();
          }
          return option;
        }
      },
      field.value);
}

Option FieldOptions::declare(Command command, std::string_view key) {
  declared_.push_back(key);
  return add(command, *std::ranges::find(fields_, key, &Field::key));
}

void FieldOptions::declare_others(Command command) {
  for (Field& field : fields_) {
    if (field.option &&
        std::ranges::find(declared_, field.key) == declared_.end())
      declare(command, field.key);
  }
}

Status FieldOptions::take() {
  for (const Typed& typed : typed_) {
    if (typed.text) EXCISE_CHECK(take_typed(*typed.field, *typed.text));
  }
  return {};
}

}  // namespace excise
