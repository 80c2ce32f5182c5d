#include "io/blocks.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "testing/golden.h"

namespace excise {
namespace {

std::vector<DType> block_types() {
  std::vector<DType> types;
  for (uint32_t type = 0; type < GGML_TYPE_COUNT; ++type) {
    const auto dtype = ggml_dtype(type);
    if (dtype && dtype_block(*dtype) > 1) types.push_back(*dtype);
  }
  return types;
}

// ggml aborts on types that it does not have, and reads by its own sizes.
TEST(BlocksTest, SizesAreThoseOfGgml) {
  for (uint32_t type = 0; type < GGML_TYPE_COUNT; ++type) {
    const auto dtype = ggml_dtype(type);
    if (!dtype) continue;
    const auto* own = ggml_get_type_traits(static_cast<ggml_type>(type));
    EXPECT_STRCASEEQ(own->type_name, std::string(dtype_name(*dtype)).c_str());
    EXPECT_EQ(static_cast<size_t>(own->blck_size), dtype_block(*dtype));
    EXPECT_EQ(own->type_size, dtype_size(*dtype));
  }
  EXPECT_EQ(block_types().size(), 22U);
  for (const DType dtype : block_types())
    EXPECT_FALSE(parse_dtype(dtype_name(dtype))) << dtype_name(dtype);
}

// The values are of gguf's NumPy code.
TEST(BlocksTest, EveryTypeIsWidened) {
  const TensorFile file = golden("gguf_blocks.safetensors");
  for (const DType dtype : block_types()) {
    const std::string name(dtype_name(dtype));
    SCOPED_TRACE(name);
    const StoredTensor* stored = *file.get(name + ".bytes");
    const Matrix<double> want = tensor(file, name + ".values");
    // Aligned and not.
    for (const size_t offset : {size_t{0}, size_t{1}}) {
      std::vector<std::byte> bytes(stored->bytes.size() + offset);
      std::memcpy(bytes.data() + offset, stored->bytes.data(),
                  stored->bytes.size());
      std::vector<float> values(want.size());
      widen_blocks(dtype, std::span(bytes).subspan(offset), values);
      for (size_t i = 0; i < values.size(); ++i)
        ASSERT_NEAR(values[i], want.values()[i],
                    1e-6 * std::abs(want.values()[i]))
            << i;
    }
  }
}

TEST(BlocksTest, PiecesAreTheWhole) {
  const TensorFile file = golden("gguf_blocks.safetensors");
  const StoredTensor* stored = *file.get("Q4_K.bytes");
  // More than one piece, and more than is widened at once.
  std::vector<std::byte> bytes;
  for (int i = 0; i < 3000; ++i)
    bytes.insert(bytes.end(), stored->bytes.begin(), stored->bytes.end());
  std::vector<float> values(bytes.size() / 144 * 256);
  convert_to_float(DType::kQ4_K, bytes, values);
  std::vector<double> doubles(values.size());
  convert_to_double(DType::kQ4_K, bytes, doubles);
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(values[i], values[i % 768]) << i;
    ASSERT_EQ(static_cast<double>(values[i]), doubles[i]) << i;
  }
  EXPECT_FALSE(first_non_finite(DType::kQ4_K, bytes));
  // A scale that is no number, of one block.
  const size_t block = 7001;
  bytes[block * 144] = std::byte{0xFF};
  bytes[block * 144 + 1] = std::byte{0x7F};
  EXPECT_EQ(first_non_finite(DType::kQ4_K, bytes), block * 256);
}

}  // namespace
}  // namespace excise
