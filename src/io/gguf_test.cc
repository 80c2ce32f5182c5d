#include "io/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "testing/made_gguf.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint32_t kF32 = 0, kQ4_0 = 2, kQ4_K = 12;
const std::string kFloats = as_bytes_of(1.0F) + as_bytes_of(2.0F) +
                            as_bytes_of(3.0F) + as_bytes_of(4.0F) +
                            as_bytes_of(5.0F) + as_bytes_of(6.0F);

MadeGguf small() {
  MadeGguf file;
  file.text("general.architecture", "llama")
      .whole("n", 7)
      .number("x", 0.5F)
      .flag("on", true)
      .texts("words", {"a", "", "bc"})
      .wholes("sizes", {3, -4})
      .tensor("b", {3, 2}, kF32, kFloats)
      .tensor("a", {32}, kQ4_0, std::string(18, '\0'));
  return file;
}

Result<GgufHeader> parsed(const std::string& bytes) {
  return parse_gguf_header(std::as_bytes(std::span(bytes)), "x.gguf");
}

TEST(GgufTest, KeysAndTensorsAreThere) {
  TemporaryFolder folder;
  for (const uint32_t version : {2U, 3U}) {
    MadeGguf made = small();
    made.version = version;
    const auto file = open_gguf(folder.write("x.gguf", made.bytes()));
    ASSERT_TRUE(file) << file.error().message;
    const GgufMetadata& keys = file->metadata;
    EXPECT_EQ(keys.text("general.architecture")->value(), "llama");
    EXPECT_EQ(keys.integer("n", 10)->value(), 7U);
    EXPECT_EQ(keys.number("n")->value(), 7.0);
    EXPECT_EQ(keys.number("x")->value(), 0.5);
    EXPECT_EQ(keys.flag("on")->value(), true);
    EXPECT_THAT(keys.texts("words")->value(), ElementsAre("a", "", "bc"));
    EXPECT_THAT(keys.numbers("sizes")->value(), ElementsAre(3, -4));
    EXPECT_FALSE(keys.integer("absent", 10)->has_value());
    const StoredTensor* b = *file->tensors.get("b");
    EXPECT_THAT(b->shape, ElementsAre(2, 3));
    EXPECT_EQ((*b->to_double())(1, 0), 4);
    EXPECT_EQ((*file->tensors.get("a"))->dtype, DType::kQ4_0);
    EXPECT_EQ((*file->tensors.get("a"))->count(), 32U);
  }
}

TEST(GgufTest, ValuesOfOtherKindsAreErrorsThatNameTheKey) {
  const std::string bytes = small().bytes();
  const GgufMetadata keys = parsed(bytes)->metadata;
  const auto refused = [](const auto& value, const char* key) {
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::kBadFile);
    EXPECT_THAT(value.error().message, HasSubstr(key));
  };
  refused(keys.integer("n", 6),
          "n: expected a whole number from 0 to 6, got 7");
  refused(keys.integer("x", 6), "x: ");
  refused(keys.number("on"), "on: ");
  refused(keys.flag("n"), "n: ");
  refused(keys.text("n"), "n: ");
  refused(keys.texts("sizes"), "sizes: ");
  refused(keys.numbers("words"), "words: ");
}

// A file that ends anywhere before its last tensor does is refused, whatever
// was cut.
TEST(GgufTest, EveryTruncationIsRefused) {
  const std::string whole = small().bytes();
  const size_t padding = 32 - 18;
  for (size_t size = 0; size + padding < whole.size(); ++size) {
    const auto header = parsed(whole.substr(0, size));
    ASSERT_FALSE(header) << size;
    EXPECT_EQ(header.error().code, ErrorCode::kBadFile);
  }
  EXPECT_TRUE(parsed(whole.substr(0, whole.size() - padding)));
}

struct Lie {
  const char* name;
  std::function<std::string()> bytes;
  const char* message;
  ErrorCode code = ErrorCode::kBadFile;
};
std::ostream& operator<<(std::ostream& out, const Lie& lie) {
  return out << lie.name;
}

std::string with(const std::function<void(MadeGguf&)>& change) {
  MadeGguf made = small();
  change(made);
  return made.bytes();
}

constexpr uint64_t kHuge = uint64_t{1} << 62;

const std::vector<Lie> kLies = {
    {"Magic", [] { return with([](auto& m) { m.magic = "GGML"; }); },
     "expected GGUF in its first bytes"},
    {"Version1", [] { return with([](auto& m) { m.version = 1; }); },
     "version: expected 2 or 3", ErrorCode::kUnsupported},
    {"BigEndian", [] { return with([](auto& m) { m.version = 3U << 24; }); },
     "big endian", ErrorCode::kUnsupported},
    {"MoreKeys", [] { return with([](auto& m) { m.more_keys = 1; }); }, ""},
    {"KeysWithoutEnd",
     [] { return with([](auto& m) { m.more_keys = INT64_MAX; }); }, ""},
    {"MoreTensors", [] { return with([](auto& m) { m.more_tensors = 1; }); },
     ""},
    {"TensorsWithoutEnd",
     [] { return with([](auto& m) { m.more_tensors = INT64_MAX; }); }, ""},
    {"TwoOfAKey", [] { return with([](auto& m) { m.whole("n", 8); }); },
     "n: expected each key once"},
    {"KeyOfOtherBytes",
     [] { return with([](auto& m) { m.whole("\xff\xfe", 8); }); },
     "a key: expected UTF-8"},
    {"KeyWithoutName", [] { return with([](auto& m) { m.whole("", 8); }); },
     "a key: expected 1 to 65535 bytes"},
    {"TypeOfAKey",
     [] {
       return with([](auto& m) { m.key("k", static_cast<GgufType>(13), ""); });
     },
     "k: expected a type from 0 to 12, got 13"},
    {"TextLongerThanTheFile",
     [] {
       return with(
           [](auto& m) { m.key("k", GgufType::kString, as_bytes_of(kHuge)); });
     },
     "k: expected 4611686018427387904 bytes"},
    {"ArrayLongerThanTheFile",
     [] {
       return with([](auto& m) { m.array("k", GgufType::kF64, kHuge, ""); });
     },
     "k: expected 4611686018427387904 elements"},
    {"TextsLongerThanTheFile",
     [] {
       return with([](auto& m) { m.array("k", GgufType::kString, kHuge, ""); });
     },
     "k: "},
    {"ArrayOfArrays",
     [] {
       return with([](auto& m) { m.array("k", GgufType::kArray, 1, ""); });
     },
     "k: expected an array of simple values"},
    {"AlignmentOfThree",
     [] { return with([](auto& m) { m.whole("general.alignment", 3); }); },
     "general.alignment: expected a power of two, got 3"},
    {"AlignmentOfNothing",
     [] { return with([](auto& m) { m.whole("general.alignment", 0); }); },
     "general.alignment: expected a power of two, got 0"},
    {"AlignmentOfText",
     [] { return with([](auto& m) { m.text("general.alignment", "32"); }); },
     "general.alignment: expected a whole number"},
    {"TensorBehindTheEnd",
     [] { return with([](auto& m) { m.entry("c", {8}, kF32, 1 << 20); }); },
     "tensor c: expected it within the file"},
    {"TensorAtTheEndOfNumbers",
     [] {
       return with([](auto& m) { m.entry("c", {8}, kF32, UINT64_MAX - 31); });
     },
     "tensor c: expected it within the file"},
    {"TensorThatIsNotAligned",
     [] { return with([](auto& m) { m.entry("c", {1}, kF32, 4); }); },
     "tensor c: expected an offset of whole 32, got 4"},
    {"TensorsThatOverlap",
     [] { return with([](auto& m) { m.entry("c", {1}, kF32, 0); }); },
     "expected bytes of its own"},
    {"TwoOfATensor",
     [] {
       return with(
           [](auto& m) { m.tensor("b", {1}, kF32, as_bytes_of(1.0F)); });
     },
     "tensor b: expected each tensor once"},
    {"ExtentsThatOverflow",
     [] {
       return with([](auto& m) {
         m.entry("c", {uint64_t{1} << 33, uint64_t{1} << 33}, kF32, 64);
       });
     },
     "tensor c: expected elements within the file"},
    {"NoExtents",
     [] { return with([](auto& m) { m.entry("c", {}, kF32, 64); }); },
     "tensor c: expected 1 to 4 extents, got 0"},
    {"FiveExtents",
     [] {
       return with([](auto& m) { m.entry("c", {1, 1, 1, 1, 1}, kF32, 64); });
     },
     "tensor c: expected 1 to 4 extents, got 5"},
    {"RowsOfHalfABlock",
     [] { return with([](auto& m) { m.entry("c", {128}, kQ4_K, 64); }); },
     "tensor c: expected rows of whole blocks of 256 elements, of Q4_K"},
    {"TypeThatWasTakenAway",
     [] { return with([](auto& m) { m.entry("c", {32}, 4, 64); }); },
     "tensor c: expected a type of ggml that excise reads, got type 4",
     ErrorCode::kUnsupported},
    {"TypeOfNoTensor",
     [] { return with([](auto& m) { m.entry("c", {32}, UINT32_MAX, 64); }); },
     "type 4294967295", ErrorCode::kUnsupported},
    {"NameOfATensorTooLong",
     [] {
       return with(
           [](auto& m) { m.entry(std::string(65, 'x'), {1}, kF32, 64); });
     },
     "the name of a tensor: expected 1 to 64 bytes, got 65"},
};

class GgufLieTest : public testing::TestWithParam<Lie> {};

TEST_P(GgufLieTest, IsRefused) {
  const auto header = parsed(GetParam().bytes());
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, GetParam().code);
  EXPECT_THAT(header.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Lies, GgufLieTest, testing::ValuesIn(kLies),
                         [](const auto& of) { return of.param.name; });

class GgufPartsTest : public testing::Test {
 protected:
  static MadeGguf part(uint32_t number, uint32_t count, const char* tensor) {
    MadeGguf made;
    made.whole("split.no", number).whole("split.count", count);
    if (number == 0) made.whole("split.tensors.count", 2).whole("n", 5);
    made.tensor(tensor, {6}, kF32, kFloats);
    return made;
  }
  std::filesystem::path write(uint32_t number, const MadeGguf& made) {
    return folder_.write(
        "m-0000" + std::to_string(number + 1) + "-of-00002.gguf", made.bytes());
  }
  void expect_refused(const std::filesystem::path& path, const char* message) {
    const auto file = open_gguf(path);
    ASSERT_FALSE(file);
    EXPECT_THAT(file.error().message, HasSubstr(message));
  }
  TemporaryFolder folder_;
};

TEST_F(GgufPartsTest, AnyPartOpensAll) {
  const auto first = write(0, part(0, 2, "a"));
  const auto second = write(1, part(1, 2, "b"));
  for (const auto& path : {first, second}) {
    const auto file = open_gguf(path);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->tensors.tensors().size(), 2U);
    EXPECT_EQ(file->metadata.integer("n", 10)->value(), 5U);
  }
}

TEST_F(GgufPartsTest, PartsThatDoNotBelongTogetherAreRefused) {
  const auto first = write(0, part(0, 2, "a"));
  expect_refused(first, "m-00002-of-00002.gguf");  // which is not there
  write(1, part(0, 2, "b"));
  expect_refused(first, "split.no: expected 1");
  write(1, part(1, 3, "b"));
  expect_refused(first, "split.count: expected 2");
  write(1, part(1, 2, "a"));
  expect_refused(first, "tensor a: expected each tensor once");
  MadeGguf empty;
  write(1, empty.whole("split.no", 1).whole("split.count", 2));
  expect_refused(first, "split.tensors.count: expected the 1 tensors");
}

TEST_F(GgufPartsTest, APartUnderAnotherNameIsRefused) {
  expect_refused(folder_.write("alone.gguf", part(0, 2, "a").bytes()),
                 "split.count: expected 1, or a name such as");
}

}  // namespace
}  // namespace excise
