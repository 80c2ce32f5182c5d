// Where the text of an experiment comes from.
#ifndef EXCISE_CLI_TEXT_SOURCE_H_
#define EXCISE_CLI_TEXT_SOURCE_H_

#include <string>

#include "core/error.h"

namespace excise {

// The content of a file, or of standard input for "-", as read_plain_text()
// gives it; line ends of Windows are told on stderr. Errors: io, bad_file for a
// folder, more than 16 MiB or another encoding, bad_input when it is empty.
Result<std::string> read_text(const std::string& path);

}  // namespace excise

#endif  // EXCISE_CLI_TEXT_SOURCE_H_
