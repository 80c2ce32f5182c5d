// The options of a command that are fields of an experiment.
#ifndef EXCISE_CLI_FIELD_OPTIONS_H_
#define EXCISE_CLI_FIELD_OPTIONS_H_

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "core/error.h"
#include "experiment/common/field.h"

namespace excise {

// As they are typed. Lives until the command line was parsed and taken.
class FieldOptions {
 public:
  // The fields are bound to a spec that lives as long.
  explicit FieldOptions(Fields fields) : fields_(std::move(fields)) {}

  // The field of that key, which has an option.
  Option declare(Command command, std::string_view key);
  // What the command declares itself, or does not have.
  void leave_out(std::string_view key) { declared_.push_back(key); }
  // All others, in their order.
  void declare_others(Command command);

  // Gives the spec what was typed as text. Error: bad_input.
  Status take();

 private:
  struct Typed {
    const Field* field;
    std::optional<std::string> text;
  };
  Option add(Command command, Field& field);

  Fields fields_;
  std::list<Typed> typed_;
  std::vector<std::string_view> declared_;
};

}  // namespace excise

#endif  // EXCISE_CLI_FIELD_OPTIONS_H_
