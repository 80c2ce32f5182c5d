#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "io/mapped_file.h"
#include "io/output_file.h"
#include "io/output_folder.h"
#include "io/output_place.h"
#include "io/safetensors.h"
#include "io/text_file.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/errors.h"
#include "report/report.h"
#include "report/result_folder.h"

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

// The bytes of a file, read-only, which stay when its name is gone.
nb::object map_file(const std::filesystem::path& path) {
  auto file = std::make_shared<MappedFile>(unwrap(MappedFile::open(path)));
  return array_view<const uint8_t>(
      reinterpret_cast<const uint8_t*>(file->bytes().data()),
      {file->bytes().size()}, keep(file));
}

using Bytes =
    nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

std::string read_text(const std::filesystem::path& path) {
  const nb::gil_scoped_release unlocked;
  return unwrap(read_plain_text(path)).text;
}

// Refuses what no file may take the place of.
void check_output(const std::filesystem::path& target, bool replace,
                  const std::vector<std::filesystem::path>& inputs) {
  const nb::gil_scoped_release unlocked;
  unwrap(check_not_input(unwrap(output_place(target)), inputs));
  unwrap(check_replaceable(target, replace));
}

// A whole file, or nothing.
void write_text(const std::filesystem::path& target, const std::string& text,
                bool replace) {
  const nb::gil_scoped_release unlocked;
  unwrap(write_whole_file(target, text, replace));
}

// A whole folder, or nothing. A name may have folders of its own.
void write_folder(const std::filesystem::path& target,
                  const std::map<std::string, Bytes>& files, bool replace) {
  const nb::gil_scoped_release unlocked;
  OutputFolder output =
      unwrap(OutputFolder::create(target, replace, "force=True"));
  for (const auto& [name, bytes] : files) {
    const auto path = output.path(name);
    std::error_code error;  // told by what follows
    std::filesystem::create_directories(path.parent_path(), error);
    OutputFile file = unwrap(OutputFile::open(path));
    unwrap(file.write(std::as_bytes(std::span(bytes.data(), bytes.size()))));
    unwrap(file.close());
  }
  unwrap(output.commit());
}

// The figures of the report of a result folder, [(name, SVG)], the main one
// first.
std::vector<std::pair<std::string, std::string>> figures(
    const std::filesystem::path& folder) {
  const nb::gil_scoped_release unlocked;
  std::vector<std::pair<std::string, std::string>> out;
  for (SvgFile& file :
       unwrap(report_figures(unwrap(ResultFolder::open(folder)), {})))
    out.emplace_back(std::move(file.name), std::move(file.content));
  return out;
}

}  // namespace

void bind_files(nb::module_& module) {
  module.def("read_safetensors", &read_safetensors, nb::arg("path"),
             nb::sig("def read_safetensors(path: str | os.PathLike[str]) -> "
                     "dict[str, numpy.typing.NDArray[typing.Any]]"),
             "The arrays of a .safetensors file, read-only.");
  module.def("map_file", &map_file, nb::arg("path"),
             nb::sig("def map_file(path: str | os.PathLike[str]) -> "
                     "numpy.typing.NDArray[numpy.uint8]"));
  module.def("read_text", &read_text, nb::arg("path"),
             nb::sig("def read_text(path: str | os.PathLike[str]) -> "
                     "str"),
             "A text by the rules of docs/formats.md.");
  module.def("figures", &figures, nb::arg("folder"),
             nb::sig("def figures(folder: str | os.PathLike[str]) -> "
                     "list[tuple[str, str]]"),
             "The figures of the report of a result folder, the main one "
             "first, as SVG.");
  module.def("check_output", &check_output, nb::arg("target"),
             nb::arg("replace"), nb::arg("inputs"),
             nb::sig("def check_output(target: str | os.PathLike[str], "
                     "replace: bool, inputs: "
                     "collections.abc.Sequence[str | os.PathLike[str]]) -> "
                     "None"),
             "Refuses what no file may take the place of.");
  module.def("write_text", &write_text, nb::arg("target"), nb::arg("text"),
             nb::arg("replace"),
             nb::sig("def write_text(target: str | os.PathLike[str], text: "
                     "str, replace: bool) -> None"));
  module.def("write_folder", &write_folder, nb::arg("target"), nb::arg("files"),
             nb::arg("replace"),
             nb::sig("def write_folder(target: str | os.PathLike[str], files: "
                     "dict[str, numpy.typing.NDArray[numpy.uint8]], replace: "
                     "bool) -> None"));
}

}  // namespace excise
