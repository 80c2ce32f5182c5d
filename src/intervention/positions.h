// Which positions of a text are edited.
#ifndef EXCISE_INTERVENTION_POSITIONS_H_
#define EXCISE_INTERVENTION_POSITIONS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace excise {

class Positions {
 public:
  Positions() = default;  // all of them
  // "all", or a list of positions and ranges counted from 0: "0", "1-" (all but
  // the first), "2-5,7". Error bad_input.
  static Result<Positions> parse(std::string_view text);

  bool all() const { return ranges_.empty(); }
  bool contains(size_t position) const;
  // One that is named but is none of `tokens`; nothing where there is none.
  std::optional<size_t> beyond(size_t tokens) const;
  std::string text() const;  // as parse() takes it

 private:
  struct Range {
    size_t first = 0;
    std::optional<size_t> last;  // inclusive; none: to the end
  };
  std::vector<Range> ranges_;  // none: all
};

}  // namespace excise

#endif  // EXCISE_INTERVENTION_POSITIONS_H_
