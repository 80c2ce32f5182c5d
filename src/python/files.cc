#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "io/output_folder.h"
#include "io/safetensors.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/errors.h"

namespace excise {
namespace {

namespace nb = nanobind;

// Widened to float64 where a view cannot be.
nb::object tensor_array(const StoredTensor& tensor, const nb::capsule& owner) {
  if (auto view =
          tensor_view(tensor.dtype, tensor.bytes, tensor.shape, owner)) {
    return *view;
  }
  return to_array(unwrap(tensor.to_double()), tensor.shape);
}

// Copies of the tensors: an array must stay as it is when the file does not.
struct ReadTensors {
  std::vector<StoredTensor> tensors;
  std::vector<std::vector<std::byte>> bytes;
};

ReadTensors read_tensors(const std::filesystem::path& path) {
  const TensorFile file = unwrap(TensorFile::open(path));
  ReadTensors read{.tensors = file.tensors(), .bytes = {}};
  for (StoredTensor& tensor : read.tensors) {
    tensor.bytes =
        read.bytes.emplace_back(tensor.bytes.begin(), tensor.bytes.end());
  }
  unwrap(file.check_unchanged());
  return read;
}

nb::dict read_safetensors(const std::filesystem::path& path) {
  std::shared_ptr<ReadTensors> read;
  {
    const nb::gil_scoped_release unlocked;
    read = std::make_shared<ReadTensors>(read_tensors(path));
  }
  const nb::capsule owner = keep(read);
  nb::dict arrays;
  for (const StoredTensor& tensor : read->tensors) {
    arrays[tensor.name.c_str()] = tensor_array(tensor, owner);
  }
  return arrays;
}

// A whole folder of results elsewhere, or nothing.
void copy_folder(const std::filesystem::path& from,
                 const std::filesystem::path& to, bool replace) {
  namespace fs = std::filesystem;
  const nb::gil_scoped_release unlocked;
  OutputFolder output = unwrap(OutputFolder::create(to, replace));
  std::error_code error;
  fs::copy(from, output.path(""),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing,
           error);
  if (error) {
    unwrap(fail(ErrorCode::kIo, {.where = "results",
                                 .subject = to.string(),
                                 .expected = "a copy of " + from.string(),
                                 .found = error.message()}));
  }
  unwrap(output.commit());
}

}  // namespace

void bind_files(nb::module_& module) {
  module.def("read_safetensors", &read_safetensors, nb::arg("path"),
             nb::sig("def read_safetensors(path: str | os.PathLike[str]) -> "
                     "dict[str, numpy.typing.NDArray[typing.Any]]"),
             "The arrays of a .safetensors file, read-only.");
  module.def("copy_folder", &copy_folder, nb::arg("source"), nb::arg("target"),
             nb::arg("replace"),
             nb::sig("def copy_folder(source: str | os.PathLike[str], "
                     "target: str | os.PathLike[str], replace: bool) -> None"));
}

}  // namespace excise
