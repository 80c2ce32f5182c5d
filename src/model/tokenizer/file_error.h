// Errors about a file of the tokenizer.
#ifndef EXCISE_MODEL_TOKENIZER_FILE_ERROR_H_
#define EXCISE_MODEL_TOKENIZER_FILE_ERROR_H_

#include <filesystem>
#include <string>

#include "core/error.h"

namespace excise {

// Both texts may quote the file: they are cut where that is long or no UTF-8.
tl::unexpected<Error> bad_file(const std::filesystem::path& file,
                               std::string expected, std::string found);
tl::unexpected<Error> unsupported(const std::filesystem::path& file,
                                  std::string expected, std::string found,
                                  std::string hint = {});

}  // namespace excise

#endif  // EXCISE_MODEL_TOKENIZER_FILE_ERROR_H_
