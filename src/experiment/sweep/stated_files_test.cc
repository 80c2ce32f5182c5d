// An experiment states what it ran on by content, and refuses another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "experiment/sweep/spec_toml.h"
#include "experiment/sweep/sweep.h"
#include "io/text_file.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;

const std::filesystem::path kBaker =
    std::string(EXCISE_SOURCE_DIR) + "/models/baker-7m";
constexpr const char* kCorpus =
    "He saw his dog and told him of it. She did not see her cat at all. ";

class StatedFilesTest : public testing::Test {
 protected:
  StatedFilesTest() {
    spec_.text = "It was a dark night.";
    spec_.layers = "3";
    spec_.permutations = 10;
  }
  // What a run writes, read again.
  Spec again() {
    const auto ran = run_sweep(open(kBaker), spec_, {});
    EXPECT_TRUE(ran) << ran.error().message;
    return parse_spec(spec_to_toml(ran->spec), "experiment").value();
  }
  static Model open(const std::filesystem::path& folder) {
    auto model = Model::open(folder);
    EXPECT_TRUE(model) << model.error().message;
    return std::move(*model);
  }
  static std::string refusal(const Model& model, const Spec& spec) {
    const auto ran = run_sweep(model, spec, {});
    return ran ? "" : ran.error().message;
  }

  TemporaryFolder folder_;
  Spec spec_;
};

TEST_F(StatedFilesTest, AnotherTextToFitOnIsRefused) {
  std::string text;
  for (int i = 0; i < 12; ++i) text += kCorpus;
  spec_.source.corpus = folder_.write("corpus.txt", text);
  spec_.source.components = 2;
  Spec stated = again();
  EXPECT_EQ(refusal(open(kBaker), stated), "");
  folder_.write("corpus.txt", text + "More.");
  EXPECT_THAT(refusal(open(kBaker), stated),
              HasSubstr("take corpus_fingerprint out"));
  stated.source.corpus_fingerprint.clear();
  EXPECT_EQ(refusal(open(kBaker), stated), "");

  spec_.source = {.class_files = {folder_.write("he.txt", "He and him. "),
                                  folder_.write("she.txt", "She and her. ")}};
  spec_.basis = "diff-means";
  stated = again();
  folder_.write("she.txt", "She and hers. ");
  EXPECT_THAT(refusal(open(kBaker), stated),
              HasSubstr("take class_fingerprints out"));
}

TEST_F(StatedFilesTest, AnotherTokenizerIsRefusedWhereThereIsAText) {
  for (const char* name : {"config.json", "merges.txt"})
    std::filesystem::copy(kBaker / name, folder_.path() / name);
  std::filesystem::create_symlink(kBaker / "model.safetensors",
                                  folder_.path() / "model.safetensors");
  auto entries = nlohmann::json::parse(*read_text_file(kBaker / "vocab.json"));
  std::swap(entries["a"], entries["b"]);
  folder_.write("vocab.json", entries.dump());
  const Model other = open(folder_.path());
  EXPECT_EQ(other.fingerprint(), open(kBaker).fingerprint());
  EXPECT_THAT(refusal(other, again()), HasSubstr("tokenizer of"));
  spec_.text.clear();
  spec_.ids = {5, 6, 7};
  const Spec ids = again();
  EXPECT_EQ(ids.tokenizer_fingerprint, "");
  EXPECT_EQ(refusal(other, ids), "");
}

}  // namespace
}  // namespace excise
