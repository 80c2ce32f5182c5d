#include "python/arrays.h"

#include <limits>
#include <string>

namespace excise {

Result<std::vector<int>> read_ids(const IdsArgument& ids) {
  std::vector<int> out;
  out.reserve(ids.size());
  for (const int64_t id : std::span(ids.data(), ids.size())) {
    if (id < 0 || id > std::numeric_limits<int>::max()) {
      return fail(ErrorCode::kBadInput,
                  {.where = "forward",
                   .subject = "token " + std::to_string(out.size()),
                   .expected = "an id of the vocabulary",
                   .found = std::to_string(id),
                   .hint = "use the tokenizer of this model"});
    }
    out.push_back(static_cast<int>(id));
  }
  return out;
}

std::optional<nanobind::object> tensor_view(DType dtype,
                                            std::span<const std::byte> bytes,
                                            const Shape& shape,
                                            const nanobind::capsule& owner) {
  const auto aligned_to = [&](size_t alignment) {
    return reinterpret_cast<uintptr_t>(bytes.data()) % alignment == 0;
  };
  const auto view = [&]<typename T>(const T* data) {
    return array_view<const T>(data, shape, owner);
  };
  const void* data = bytes.data();
  if (!aligned_to(dtype_size(dtype))) return std::nullopt;
  if (dtype == DType::kF32) return view(static_cast<const float*>(data));
  if (dtype == DType::kF64) return view(static_cast<const double*>(data));
  if (dtype == DType::kI64) return view(static_cast<const int64_t*>(data));
  return std::nullopt;
}

}  // namespace excise
