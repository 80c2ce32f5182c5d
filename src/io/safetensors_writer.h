// Writes safetensors of any size without holding them: first the header, then
// the tensors' bytes.
#ifndef EXCISE_IO_SAFETENSORS_WRITER_H_
#define EXCISE_IO_SAFETENSORS_WRITER_H_

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "io/dtype.h"
#include "io/output_file.h"

namespace excise {

struct TensorDeclaration {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<size_t> shape;
};

class SafetensorsStream {
 public:
  // Writes the header; tensors follow in this order. Errors: io.
  static Result<SafetensorsStream> create(
      const std::filesystem::path& path,
      std::span<const TensorDeclaration> tensors,
      const std::map<std::string, std::string>& metadata);
  // The next bytes of the data section. Errors: io.
  Status write(std::span<const std::byte> bytes);
  // Errors: io; internal when the bytes written are not those declared.
  Status close();

 private:
  SafetensorsStream(OutputFile file, size_t expected_bytes);
  OutputFile file_;
  size_t missing_bytes_;
};

}  // namespace excise

#endif  // EXCISE_IO_SAFETENSORS_WRITER_H_
