#include "io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A file with this header and so many zero bytes of data.
std::string file_with(const std::string& header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  return file + header + std::string(data_bytes, '\0');
}

// One tensor's entry.
std::string entry(const std::string& name, const std::string& dtype,
                  const std::string& shape, const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape +
         R"(,"data_offsets":)" + offsets + "}";
}

const std::string kGood = entry("a", "F32", "[2,3]", "[0,24]");

struct Lie {
  const char* name;
  std::string file;
  const char* message;
};

class HeaderLieTest : public testing::TestWithParam<Lie> {};

TEST_P(HeaderLieTest, IsRefused) {
  TemporaryFolder folder;
  const auto opened =
      TensorFile::open(folder.write("m.safetensors", GetParam().file));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kBadFile);
  EXPECT_THAT(opened.error().message, HasSubstr(GetParam().message));
}

std::string with_length(uint64_t length) {
  std::string file = file_with("{" + kGood + "}", 24);
  std::memcpy(file.data(), &length, sizeof(length));
  return file;
}

std::string nested(size_t depth) {
  return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

const std::vector<Lie> kLies = {
    {"TooShort", "abc", "at least 8 bytes"},
    {"Empty", "", "at least 8 bytes"},
    {"LengthOverFile", with_length(5000), "5000 bytes"},
    {"LengthOverCap", with_length(uint64_t{1} << 40), "at most 100 MB"},
    {"LengthOverflow", with_length(~uint64_t{0}), "at most 100 MB"},
    {"NoJson", file_with("{nonsense", 0), "valid header"},
    {"NotAnObject", file_with("[1]", 0), "format has none"},
    {"NotUtf8", file_with("{\"\xff\xfe\":1}", 0), "valid header"},
    {"DeepNesting", file_with(nested(100000), 0), "format has none"},
    {"TrailingGarbage", file_with("{" + kGood + "}x", 24), "valid header"},
    {"UnknownDtype",
     file_with("{" + entry("a", "F31", "[6]", "[0,24]") + "}", 24),
     "unknown dtype F31"},
    {"DuplicateName", file_with("{" + kGood + "," + kGood + "}", 24),
     "tensor a is there twice"},
    {"DuplicateField",
     file_with(R"({"a":{"dtype":"F32","dtype":"F32","shape":[6],)"
               R"("data_offsets":[0,24]}})",
               24),
     "dtype twice"},
    {"MissingField", file_with(R"({"a":{"dtype":"F32","shape":[6]}})", 24),
     "needs dtype, shape and data_offsets"},
    {"NegativeShape",
     file_with("{" + entry("a", "F32", "[-1]", "[0,24]") + "}", 24),
     "a negative number"},
    {"FractionalShape",
     file_with("{" + entry("a", "F32", "[1.5]", "[0,24]") + "}", 24),
     "a fraction"},
    {"ShapeOverflow",
     file_with(
         "{" + entry("a", "F32", "[4294967296,4294967296]", "[0,24]") + "}",
         24),
     "overflow"},
    {"ByteOverflow",
     file_with("{" + entry("a", "F64", "[4611686018427387904]", "[0,24]") + "}",
               24),
     "overflow"},
    {"NumberOverflow",
     file_with(
         "{" + entry("a", "F32", "[6]", "[0,99999999999999999999999]") + "}",
         24),
     "a fraction"},
    {"SizeMismatch",
     file_with("{" + entry("a", "F32", "[5]", "[0,24]") + "}", 24),
     "20 bytes for tensor a"},
    {"MisorderedOffsets",
     file_with("{" + entry("a", "F32", "[6]", "[24,0]") + "}", 24), "ascend"},
    {"Overlap",
     file_with("{" + kGood + "," + entry("b", "F32", "[2]", "[16,24]") + "}",
               24),
     "overlap"},
    {"Gap",
     file_with("{" + kGood + "," + entry("b", "F32", "[1]", "[28,32]") + "}",
               32),
     "gap"},
    {"BeyondData", file_with("{" + kGood + "}", 20), "20 bytes of data"},
    {"UncoveredData", file_with("{" + kGood + "}", 40), "40 bytes of data"},
    {"MetadataNumber", file_with(R"({"__metadata__":{"a":1}})", 0),
     "format has none"},
    {"MetadataNotObject", file_with(R"({"__metadata__":"a"})", 0),
     "format has none"},
};

INSTANTIATE_TEST_SUITE_P(Lies, HeaderLieTest, testing::ValuesIn(kLies),
                         [](const auto& lie) { return lie.param.name; });

TEST(SafetensorsTest, ReadsBackWhatWasWritten) {
  TemporaryFolder folder;
  const std::array<float, 6> floats = {1, -2, 3.5F, 0, 1e-40F, 6};
  const std::array<double, 2> doubles = {1e300, -1};
  const std::array<int64_t, 1> ids = {-7};
  TensorWriter writer;
  writer.add("floats", {2, 3}, floats);
  writer.add("doubles", {2}, doubles);
  writer.add("ids", {1}, ids);
  writer.add("none", {0, 4}, std::span<const float>{});
  writer.set_metadata("format", "pt");
  const auto path = folder.path() / "out.safetensors";
  ASSERT_TRUE(writer.write(path));
  const auto file = TensorFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("format"), "pt");
  const auto view = (*file->get("floats"))->as_float_view();
  ASSERT_TRUE(view);
  EXPECT_EQ(view->rows(), 2U);
  EXPECT_EQ((*view)(0, 2), 3.5F);
  EXPECT_EQ((*view)(1, 1), 1e-40F);
  EXPECT_EQ((*(*file->get("doubles"))->to_double())(0, 0), 1e300);
  EXPECT_EQ((*(*file->get("ids"))->to_double())(0, 0), -7.0);
  EXPECT_EQ((*file->get("none"))->count(), 0U);
  const auto absent = file->get("float");
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().message, HasSubstr("did you mean floats?"));
}

TEST(SafetensorsTest, CopyRowsChecksItsRange) {
  TemporaryFolder folder;
  TensorWriter writer;
  const std::array<float, 6> values = {1, 2, 3, 4, 5, 6};
  writer.add("a", {3, 2}, values);
  ASSERT_TRUE(writer.write(folder.path() / "a.safetensors"));
  const auto file = TensorFile::open(folder.path() / "a.safetensors");
  const StoredTensor& tensor = *file->find("a");
  Matrix<float> two(2, 2);
  ASSERT_TRUE(tensor.copy_rows(1, two));
  EXPECT_EQ(two(0, 0), 3.0F);
  EXPECT_EQ(two(1, 1), 6.0F);
  EXPECT_FALSE(tensor.copy_rows(2, two));
  Matrix<float> wide(1, 3);
  EXPECT_FALSE(tensor.copy_rows(0, wide));
}

TEST(SafetensorsTest, RowsInPairsAreReadInTheModelsOrder) {
  // Two heads of four, stored 0, 2, 1, 3.
  const std::array<float, 8> stored = {0, 2, 1, 3, 10, 12, 11, 13};
  const auto bytes = std::as_bytes(std::span(stored));
  const StoredTensor matrix{"q", DType::kF32, {8, 1}, bytes, 4};
  EXPECT_FALSE(matrix.as_float_view());
  Matrix<float> rows(7, 1);
  ASSERT_TRUE(matrix.copy_rows(1, rows));
  EXPECT_THAT(rows.values(), ElementsAre(1, 2, 3, 10, 11, 12, 13));
  const StoredTensor vector{"q", DType::kF32, {8}, bytes, 4};
  Matrix<float> row(1, 8);
  ASSERT_TRUE(vector.copy_rows(0, row));
  EXPECT_THAT(row.values(), ElementsAre(0, 1, 2, 3, 10, 11, 12, 13));
}

TEST(SafetensorsTest, FullDiskIsAnIoError) {
  TensorWriter writer;
  const std::vector<float> values(100000, 1.0F);
  writer.add("a", {values.size()}, values);
  const Status status = writer.write("/dev/full");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

class ShardTest : public testing::Test {
 protected:
  void write_shard(const std::string& file, const std::string& tensor) {
    TensorWriter writer;
    const std::array<float, 2> values = {1, 2};
    writer.add(tensor, {2}, values);
    ASSERT_TRUE(writer.write(folder_.path() / file));
  }
  Result<TensorFile> open(const std::string& weight_map) {
    return TensorFile::open(folder_.write(
        "m.safetensors.index.json", R"({"weight_map":)" + weight_map + "}"));
  }
  void expect_error(const std::string& weight_map, ErrorCode code,
                    const char* message) {
    const auto file = open(weight_map);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, code);
    EXPECT_THAT(file.error().message, HasSubstr(message));
  }
  TemporaryFolder folder_;
};

TEST_F(ShardTest, TensorsOfAllShardsAreThere) {
  write_shard("1.safetensors", "a");
  write_shard("2.safetensors", "b");
  const auto file = open(R"({"a":"1.safetensors","b":"2.safetensors"})");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors().size(), 2U);
  EXPECT_NE(file->find("b"), nullptr);
}

TEST_F(ShardTest, LiesAreRefused) {
  write_shard("1.safetensors", "a");
  write_shard("2.safetensors", "b");
  expect_error(R"({"a":"1.safetensors","c":"3.safetensors"})", ErrorCode::kIo,
               "3.safetensors");
  expect_error(R"({"a":"../1.safetensors"})", ErrorCode::kBadFile,
               "beside the index");
  expect_error(R"({"a":"1.safetensors","x":"1.safetensors"})",
               ErrorCode::kBadFile, "without it");
  expect_error(R"({"x":"1.safetensors"})", ErrorCode::kBadFile,
               "no such entry");
  expect_error(R"({"a":"2.safetensors","b":"1.safetensors"})",
               ErrorCode::kBadFile, "it in");
  expect_error(R"({"a":7})", ErrorCode::kBadFile, "file name");
  expect_error("[]", ErrorCode::kBadFile, "weight_map");
}

TEST_F(ShardTest, FingerprintIsOfTheContentNotTheFiles) {
  write_shard("1.safetensors", "a");
  write_shard("2.safetensors", "b");
  const auto shards = open(R"({"a":"1.safetensors","b":"2.safetensors"})");
  TensorWriter writer;
  const std::array<float, 2> values = {1, 2};
  writer.add("b", {2}, values);
  writer.add("a", {2}, values);
  ASSERT_TRUE(writer.write(folder_.path() / "whole.safetensors"));
  const auto whole = TensorFile::open(folder_.path() / "whole.safetensors");
  EXPECT_EQ(shards->fingerprint(), whole->fingerprint());
  EXPECT_EQ(whole->fingerprint().size(), 32U);
}

}  // namespace
}  // namespace excise
