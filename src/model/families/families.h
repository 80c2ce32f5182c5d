// The families that excise runs.
#ifndef EXCISE_MODEL_FAMILIES_FAMILIES_H_
#define EXCISE_MODEL_FAMILIES_FAMILIES_H_

#include <filesystem>
#include <span>
#include <string_view>

#include "core/error.h"
#include "model/architecture/config.h"
#include "model/architecture/family.h"

namespace excise {

using Families = std::span<const Family* const>;

Families all_families();

// text: the content of config.json; path only for messages. The family is the
// one whose model_type it names; a GPT-2's of the first years names none. A key
// that is absent means the default of its configuration class. Errors: bad_file
// (not JSON, a size of 0 or absurd, sizes that do not fit, two names of one key
// that disagree), unsupported (another architecture, an option that would
// change the numbers).
Result<ModelConfig> parse_config(std::string_view text,
                                 const std::filesystem::path& path,
                                 Families families = all_families());

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_FAMILIES_H_
