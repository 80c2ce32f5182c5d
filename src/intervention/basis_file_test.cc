#include "intervention/basis_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "core/random.h"
#include "io/safetensors.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using testing::HasSubstr;

Matrix<double> random_matrix(size_t rows, size_t cols, uint64_t stream) {
  Random random(6, stream);
  Matrix<double> matrix(rows, cols);
  for (double& value : matrix.values()) value = random.normal();
  return matrix;
}

BasisSet two_hooks() {
  BasisSet set;
  set.basis = "ica";
  set.provenance = {"1.2.3", "tiny", "00ff", "aa11", 77, {{"seed", "4"}}};
  for (const char* hook : {"blocks.0.mlp.hook_pre", "blocks.1.mlp.hook_pre"}) {
    LinearParts parts;
    parts.basis = "ica";
    parts.op = {Mean::kNeuron, Mean::kNeuron};
    parts.mean = {1, 2, 3, 4};
    parts.atoms = random_matrix(2, 4, set.hooks.size());
    parts.filters = random_matrix(2, 4, 10 + set.hooks.size());
    parts.values = {5, 6};
    parts.note = "a note";
    parts.class_codes = random_matrix(3, 2, 20);
    set.hooks.emplace_back(hook,
                           std::make_shared<LinearBasis>(std::move(parts)));
  }
  return set;
}

void expect_same(const Matrix<double>& a, const Matrix<double>& b) {
  ASSERT_EQ(a.rows(), b.rows());
  EXPECT_TRUE(std::ranges::equal(a.values(), b.values()));
}

TEST(BasisFile, ComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "basis.safetensors";
  const BasisSet set = two_hooks();
  ASSERT_TRUE(write_basis_file(set, path));
  const auto read = read_basis_file(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->basis, "ica");
  EXPECT_EQ(read->provenance.model, "tiny");
  EXPECT_EQ(read->provenance.model_fingerprint, "00ff");
  EXPECT_EQ(read->provenance.text_fingerprint, "aa11");
  EXPECT_EQ(read->provenance.program_version, "1.2.3");
  EXPECT_EQ(read->provenance.n_tokens, 77);
  // The means are written whether the options name them or not.
  auto options = set.provenance.options;
  options["centre"] = options["restore"] = "neuron";
  EXPECT_EQ(read->provenance.options, options);
  ASSERT_EQ(read->hooks.size(), 2);
  for (size_t h = 0; h < 2; ++h) {
    EXPECT_EQ(read->hooks[h].first, set.hooks[h].first);
    const LinearParts& want = *linear_parts(*set.hooks[h].second);
    const LinearParts& got = *linear_parts(*read->hooks[h].second);
    expect_same(got.atoms, want.atoms);
    expect_same(got.filters, want.filters);
    expect_same(got.class_codes, want.class_codes);
    EXPECT_EQ(got.mean, want.mean);
    EXPECT_EQ(got.values, want.values);
    EXPECT_EQ(got.note, "a note");
    EXPECT_EQ(got.op.centre, Mean::kNeuron);
  }
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(folder.path()))
    ++files;
  EXPECT_EQ(files, 1);
}

TEST(BasisFile, HooksAndModelAreChecked) {
  const BasisSet set = two_hooks();
  EXPECT_TRUE(set.get("blocks.1.mlp.hook_pre"));
  const auto missing = set.get("blocks.7.mlp.hook_pre");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("blocks.0.mlp.hook_pre"));
  EXPECT_TRUE(set.check_model("00ff", "basis.safetensors"));
  const auto other = set.check_model("abcd", "basis.safetensors");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(other.error().message, HasSubstr("tiny"));
}

struct Fault {
  const char* name;
  std::function<void(TensorWriter&)> tensors;
  std::map<std::string, std::string> metadata;
  const char* complaint;
};

// A file of one hook with something wrong in it.
class BadBasisFile : public testing::TestWithParam<Fault> {};

TEST_P(BadBasisFile, IsRefused) {
  TensorWriter writer;
  GetParam().tensors(writer);
  std::map<std::string, std::string> metadata = {{"schema", "excise.basis/1"},
                                                 {"basis", "ica"},
                                                 {"hooks", "h"},
                                                 {"model_fingerprint", "00ff"},
                                                 {"n_tokens", "12"},
                                                 {"option.centre", "neuron"},
                                                 {"option.restore", "neuron"}};
  for (const auto& [key, value] : GetParam().metadata) metadata[key] = value;
  for (const auto& [key, value] : metadata) {
    if (value != "absent") writer.set_metadata(key, value);
  }
  const TemporaryFolder folder;
  const auto path = folder.path() / "bad.safetensors";
  ASSERT_TRUE(writer.write(path));
  const auto read = read_basis_file(path);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kBadFile);
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().complaint));
  EXPECT_THAT(read.error().message, HasSubstr("bad.safetensors"));
}

void add(TensorWriter& writer, const char* name, std::vector<size_t> shape,
         double value = 1) {
  size_t count = 1;
  for (const size_t extent : shape) count *= extent;
  writer.add(name, std::move(shape),
             std::span<const double>(std::vector<double>(count, value)));
}

void good(TensorWriter& writer) {
  add(writer, "h/atoms", {2, 3});
  add(writer, "h/mean", {3});
}

INSTANTIATE_TEST_SUITE_P(
    BasisFile, BadBasisFile,
    testing::Values(
        Fault{"schema", good, {{"schema", "excise.basis/9"}}, "schema"},
        Fault{"no_schema", good, {{"schema", "absent"}}, "schema"},
        Fault{"no_basis", good, {{"basis", "absent"}}, "basis"},
        Fault{"no_model",
              good,
              {{"model_fingerprint", "absent"}},
              "model_fingerprint"},
        Fault{"tokens", good, {{"n_tokens", "many"}}, "n_tokens"},
        Fault{"mean_name", good, {{"option.centre", "median"}}, "centre"},
        Fault{"twice", good, {{"hooks", "h\nh"}}, "twice"},
        Fault{"no_atoms", good, {{"hooks", "h\ng"}}, "g/atoms"},
        Fault{"extra",
              [](TensorWriter& w) {
                good(w);
                add(w, "other", {1});
              },
              {},
              "other"},
        Fault{"filters",
              [](TensorWriter& w) {
                good(w);
                add(w, "h/filters", {2, 4});
              },
              {},
              "2 x 3"},
        Fault{"mean",
              [](TensorWriter& w) {
                add(w, "h/atoms", {2, 3});
                add(w, "h/mean", {4});
              },
              {},
              "1 x 3"},
        Fault{"no_mean",
              [](TensorWriter& w) {
                add(w, "h/atoms", {2, 3});
              },
              {},
              "h/mean"},
        Fault{"cube",
              [](TensorWriter& w) {
                add(w, "h/atoms", {2, 3, 1});
                add(w, "h/mean", {1});
              },
              {},
              "dimensions"},
        Fault{"nan",
              [](TensorWriter& w) {
                add(w, "h/atoms", {2, 3},
                    std::numeric_limits<double>::quiet_NaN());
                add(w, "h/mean", {3});
              },
              {},
              "NaN"}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(BasisFile, WhatIsNoBasisFileIsRefused) {
  TemporaryFolder folder;
  EXPECT_EQ(read_basis_file(folder.path() / "none").error().code,
            ErrorCode::kIo);
  const auto text = folder.write("text.safetensors", "not tensors at all");
  EXPECT_EQ(read_basis_file(text).error().code, ErrorCode::kBadFile);
  const auto status = write_basis_file(two_hooks(), folder.path() / "a" / "b");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace excise
