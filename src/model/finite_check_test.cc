#include "model/finite_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "io/text_file.h"
#include "model/forward.h"
#include "model/incremental_forward.h"
#include "model/model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny =
    std::string(EXCISE_SOURCE_DIR) + "/tests/golden/tiny-gpt2/";

// tiny-gpt2 with one weight, or with all of a tensor, set to a value.
class FiniteCheckTest : public testing::Test {
 protected:
  Model changed(const std::string& tensor, float value, size_t first,
                size_t count) {
    std::string bytes = *read_text_file(kTiny + "model.safetensors");
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof(length));
    const json header = json::parse(bytes.substr(8, length));
    const size_t start = 8 + length +
                         header.at("transformer." + tensor)
                             .at("data_offsets")
                             .at(0)
                             .get<size_t>();
    for (size_t i = first; i < first + count; ++i)
      std::memcpy(bytes.data() + start + 4 * i, &value, sizeof(value));
    std::ofstream(folder_.path() / "model.safetensors") << bytes;
    std::ofstream(folder_.path() / "config.json")
        << *read_text_file(kTiny + "config.json");
    return *Model::open(folder_.path());
  }

  // By all ways that end in logits.
  static std::vector<Error> errors(const Model& model) {
    const std::vector<int> ids = {1, 2, 3, 4};
    std::vector<Error> errors;
    const auto plain = [&]() -> Status {
      const ForwardOutput output =
          EXCISE_TRY(run_forward(model.config, model.weights, ids, {}, {}));
      EXCISE_TRY(unembed(model.weights, output.normalized));
      return {};
    };
    const auto growing = [&]() -> Status {
      IncrementalForward forward =
          EXCISE_TRY(IncrementalForward::create(model.config, model.weights));
      Sequence sequence = EXCISE_TRY(forward.start(4, {}));
      Matrix<float> logits(1, model.config.d_vocab);
      const Extension extension{&sequence, ids};
      return forward.extend({&extension, 1}, logits, {});
    };
    for (const Status& status : {plain(), growing()})
      errors.push_back(status ? Error{} : status.error());
    return errors;
  }

  TemporaryFolder folder_;
};

TEST_F(FiniteCheckTest, NamesTheTensorThatHoldsIt) {
  for (const float bad : {NAN, INFINITY}) {
    for (const Error& error : errors(changed("wte.weight", bad, 48 * 400, 1))) {
      EXPECT_EQ(error.code, ErrorCode::kBadFile);
      EXPECT_THAT(error.message, HasSubstr("wte.weight row 400"));
    }
    for (const Error& error :
         errors(changed("h.2.mlp.c_fc.weight", bad, 77, 1))) {
      EXPECT_EQ(error.code, ErrorCode::kBadFile);
      EXPECT_THAT(error.message, HasSubstr("h.2.mlp.c_fc.weight"));
    }
  }
}

TEST_F(FiniteCheckTest, NamesTheStepThatOverflows) {
  struct Case {
    const char* tensor;
    const char* text;
    size_t first, count;
  };
  const Case cases[] = {
      {"h.2.ln_1.weight", "layer 2, the LayerNorm before attention", 0, 48},
      {"h.2.ln_2.weight", "layer 2, the LayerNorm before the MLP", 0, 48},
      {"h.1.attn.c_attn.weight", "layer 1, queries, keys and values", 0, 6912},
      {"h.1.attn.c_proj.weight", "layer 1, the residual stream behind attent",
       0, 2304},
      {"h.3.mlp.c_fc.weight", "layer 3, the pre-activations of the MLP", 0,
       9216},
      {"h.0.mlp.c_proj.weight", "layer 0, the residual stream behind the MLP",
       0, 9216},
      {"ln_f.weight", "the final LayerNorm", 0, 48},
      // Not a row that embeds the text.
      {"wte.weight", "the logit of token id", 48 * 400, 48},
  };
  for (const auto& [tensor, text, first, count] : cases) {
    const Model model = changed(tensor, 3e38F, first, count);
    for (const Error& error : errors(model)) {
      EXPECT_EQ(error.code, ErrorCode::kBadFile) << tensor;
      EXPECT_THAT(error.message,
                  AllOf(HasSubstr(text), HasSubstr(tensor), HasSubstr("3e+38"),
                        Not(HasSubstr("damaged"))));
    }
  }
}

TEST_F(FiniteCheckTest, NumbersAreLetThrough) {
  EXPECT_TRUE(
      errors(changed("h.0.ln_1.bias", 0, 0, 1)).front().message.empty());
  // So is a residual stream whose squares are beyond float32.
  EXPECT_TRUE(
      errors(changed("wpe.weight", 1e25F, 0, 48)).front().message.empty());
}

TEST_F(FiniteCheckTest, NamesTheHook) {
  const Model model = changed("h.0.ln_1.bias", 0, 0, 1);
  const Hook hook{"blocks.1.mlp.hook_post",
                  [](const HookSite&, MatrixView<float> value) -> Status {
                    value(2, 5) = NAN;
                    return {};
                  }};
  const auto output = run_forward(model.config, model.weights,
                                  std::vector<int>{1, 2, 3}, {&hook, 1}, {});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(output.error().message,
              HasSubstr("blocks.1.mlp.hook_post, token 2"));
}

TEST_F(FiniteCheckTest, AnInputThatIsTooLargeIsNotTheFilesFault) {
  const Model model = changed("h.0.ln_1.bias", 0, 0, 1);
  const Hook hook{"blocks.1.mlp.hook_post",
                  [](const HookSite&, MatrixView<float> value) -> Status {
                    for (float& x : value.row(1)) x = 3e38F;
                    return {};
                  }};
  const auto output = run_forward(model.config, model.weights,
                                  std::vector<int>{1, 2, 3}, {&hook, 1}, {});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(output.error().message, HasSubstr("an edit"));
}

}  // namespace
}  // namespace excise
