#include "io/blocks.h"

#include <ggml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace excise {
namespace {

ggml_to_float_t to_float_of(DType dtype) {
  // [dtype]; null for those that are no blocks.
  static const auto kTable = [] {
    std::array<ggml_to_float_t, static_cast<size_t>(DType::kMXFP4) + 1> table{};
    for (int type = 0; type < GGML_TYPE_COUNT; ++type) {
      const auto known = ggml_dtype(static_cast<uint32_t>(type));
      if (!known || dtype_block(*known) == 1) continue;
      table[static_cast<size_t>(*known)] =
          ggml_get_type_traits(static_cast<ggml_type>(type))->to_float;
    }
    return table;
  }();
  return kTable[static_cast<size_t>(dtype)];
}

// Elements of one piece, whole blocks of every type; below two a second thread
// costs more than it saves.
constexpr size_t kPiece = size_t{1} << 15;

// ggml reads scales of 16 bits, and of 32 where blocks are multiples of that.
constexpr size_t kAlignment = alignof(uint32_t);

void widen_piece(ggml_to_float_t to_float, DType dtype,
                 std::span<const std::byte> bytes, std::span<float> out) {
  const bool aligned =
      reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment == 0;
  if (aligned) {
    to_float(bytes.data(), out.data(), static_cast<int64_t>(out.size()));
    return;
  }
  constexpr size_t kCopied = 1024;  // elements, of at most 34 / 32 bytes
  std::array<uint32_t, kCopied / 2> copy;
  for (size_t first = 0; first < out.size(); first += kCopied) {
    const size_t count = std::min(kCopied, out.size() - first);
    std::memcpy(copy.data(), bytes.data() + stored_bytes(dtype, first),
                stored_bytes(dtype, count));
    to_float(copy.data(), out.data() + first, static_cast<int64_t>(count));
  }
}

}  // namespace

void widen_blocks(DType dtype, std::span<const std::byte> bytes,
                  std::span<float> out) {
  const ggml_to_float_t to_float = to_float_of(dtype);
  const size_t pieces = (out.size() + kPiece - 1) / kPiece;
  if (pieces == 1) return widen_piece(to_float, dtype, bytes, out);
#pragma omp parallel for schedule(static)
  for (size_t p = 0; p < pieces; ++p) {
    const size_t first = p * kPiece;
    const size_t count = std::min(kPiece, out.size() - first);
    widen_piece(
        to_float, dtype,
        bytes.subspan(stored_bytes(dtype, first), stored_bytes(dtype, count)),
        out.subspan(first, count));
  }
}

void for_each_widened(
    DType dtype, std::span<const std::byte> bytes,
    const std::function<bool(size_t first, std::span<const float>)>& use) {
  const size_t count = bytes.size() / dtype_size(dtype) * dtype_block(dtype);
  std::vector<float> values(std::min(count, 64 * kPiece));
  for (size_t first = 0; first < count; first += values.size()) {
    const auto piece =
        std::span(values).first(std::min(values.size(), count - first));
    widen_blocks(dtype,
                 bytes.subspan(stored_bytes(dtype, first),
                               stored_bytes(dtype, piece.size())),
                 piece);
    if (!use(first, piece)) return;
  }
}

std::optional<size_t> first_non_finite_of_blocks(
    DType dtype, std::span<const std::byte> bytes) {
  std::optional<size_t> found;
  for_each_widened(dtype, bytes, [&](size_t first, auto values) {
    const auto bad = std::ranges::find_if_not(
        values, [](float value) { return std::isfinite(value); });
    if (bad == values.end()) return true;
    found = first + static_cast<size_t>(bad - values.begin());
    return false;
  });
  return found;
}

}  // namespace excise
