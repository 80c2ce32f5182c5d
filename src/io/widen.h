// 16-bit floats as float32, with the vector instructions of this machine.
#ifndef EXCISE_IO_WIDEN_H_
#define EXCISE_IO_WIDEN_H_

#include <cstddef>
#include <span>

namespace excise {

// Exact. bytes: out.size() halves (IEEE binary16) or bfloat16, aligned or not.
void widen_half(std::span<const std::byte> bytes, std::span<float> out);
void widen_bfloat(std::span<const std::byte> bytes, std::span<float> out);

}  // namespace excise

#endif  // EXCISE_IO_WIDEN_H_
