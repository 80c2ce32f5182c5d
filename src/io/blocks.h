// Quantised blocks of GGUF files as float32. What a block stands for is what
// ggml's own library makes of it.
#ifndef EXCISE_IO_BLOCKS_H_
#define EXCISE_IO_BLOCKS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <span>

#include "io/dtype.h"

namespace excise {

// bytes: whole blocks, aligned or not, as many elements as out has.
void widen_blocks(DType dtype, std::span<const std::byte> bytes,
                  std::span<float> out);

// Calls `use` with the values of some blocks after the other, and the index of
// the first, until it gives false.
void for_each_widened(
    DType dtype, std::span<const std::byte> bytes,
    const std::function<bool(size_t first, std::span<const float>)>& use);

std::optional<size_t> first_non_finite_of_blocks(
    DType dtype, std::span<const std::byte> bytes);

}  // namespace excise

#endif  // EXCISE_IO_BLOCKS_H_
