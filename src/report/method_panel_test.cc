// What the last panel of a report calls the facts of a result.
#include "report/method_panel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string shown(const json& audit, const char* compute = "f32") {
  ResultFolder folder;
  folder.results = {
      {"audit", audit},
      {"manifest",
       {{"model", {{"name", "m"}, {"d_mlp", 768}, {"tied_embedding", true}}},
        {"spec", {{"compute", compute}, {"seed", 0}}}}}};
  return method_panel(folder, {.command = "again"}).after.str();
}

TEST(MethodPanelTest, FactsHaveNamesAndUnits) {
  const std::string html = shown({{"edits_expected", 13},
                                  {"edits_fired", 12},
                                  {"no_op_layer", 6},
                                  {"no_op_max_abs_delta_logprob", 0.0},
                                  {"non_finite", 0},
                                  {"rounding", json::array()}});
  EXPECT_THAT(html, HasSubstr("<dt>edits expected</dt><dd>13</dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>edits applied</dt><dd>12</dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>largest difference without an edit, "
                              "nats</dt><dd>0</dd>"));
  EXPECT_THAT(html, HasSubstr("<dd>nothing was rounded</dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>neurons of an MLP</dt><dd>768</dd>"));
  EXPECT_THAT(html, HasSubstr("unembedding tied</dt><dd>yes</dd>"));
  EXPECT_THAT(html, Not(HasSubstr("_")));
}

TEST(MethodPanelTest, RoundingIsByLayerInPercent) {
  json rounding = {{{"layer", 0}, {"relative", 0.0044}},
                   {{"layer", 6}, {"relative", 0.0013}}};
  EXPECT_THAT(shown({{"rounding", rounding}}, "bf16"),
              HasSubstr("% of the effect</dt><dd>layer 0: 0.44 %; layer 6: "
                        "0.13 %</dd>"));
  rounding.push_back({{"layer", 7}, {"relative", 0.0095}});
  EXPECT_THAT(shown({{"rounding", rounding}}, "bf16"),
              HasSubstr("<dd>at most, of 3 branches, layer 7: 0.95 %</dd>"));
  for (json& error : rounding) error["relative"] = nullptr;
  EXPECT_THAT(shown({{"rounding", rounding}}, "bf16"),
              HasSubstr("<dd>no effect to compare with in 3 branches</dd>"));
  EXPECT_THAT(shown({{"rounding", json::array()}}, "bf16"),
              HasSubstr("<dd>not checked</dd>"));
}

TEST(MethodPanelTest, UnknownFactsAreReadable) {
  const std::string html =
      shown({{"a_new_<key>", {{"one", 1}, {"two", false}}}, {"nothing", {}}});
  EXPECT_THAT(html,
              HasSubstr("<dt>a new &lt;key&gt;</dt><dd>one 1, two no</dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>nothing</dt><dd>none</dd>"));
}

}  // namespace
}  // namespace excise
