// GGUF files, as llama.cpp and Ollama have them: mapped and validated.
#ifndef EXCISE_IO_GGUF_H_
#define EXCISE_IO_GGUF_H_

#include <filesystem>

#include "core/error.h"
#include "io/gguf_header.h"
#include "io/safetensors.h"

namespace excise {

struct GgufFile {
  TensorFile tensors;
  GgufMetadata metadata;  // views of what `tensors` keeps mapped
};

// path: a file, or any part of one that was split (x-00001-of-00003.gguf),
// whose other parts lie beside it. Errors: those of parse_gguf_header();
// bad_file for parts that do not belong together, io for one that is missing.
Result<GgufFile> open_gguf(const std::filesystem::path& path);

}  // namespace excise

#endif  // EXCISE_IO_GGUF_H_
