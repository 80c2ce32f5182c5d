// Where output may go.
#ifndef EXCISE_IO_OUTPUT_PLACE_H_
#define EXCISE_IO_OUTPUT_PLACE_H_

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"

namespace excise {

// Where output to `path` goes: links are followed, also to what is not there
// yet. Errors: bad_input for a device, a FIFO, a socket, what is below /dev or
// /proc, and links in a circle.
Result<std::filesystem::path> output_place(const std::filesystem::path& path);

// place: of output_place(). Error bad_input where replacing it would destroy
// one of the inputs: it is one, holds one, or is a file of one that is a
// folder.
Status check_not_input(const std::filesystem::path& place,
                       std::span<const std::filesystem::path> inputs);

// The first of NAME-2, NAME-3, ... before the extension that is not there:
// where what was computed is kept if its own place is taken.
std::filesystem::path place_beside(const std::filesystem::path& place);

// A name for a file or folder made of any text: no folders, control characters
// or leading dots, at most 100 bytes, never empty.
std::string file_name(std::string_view text);

}  // namespace excise

#endif  // EXCISE_IO_OUTPUT_PLACE_H_
