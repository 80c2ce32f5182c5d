// Names of hooks, with a model and without.
#include "model/architecture/hooks.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "model/families/named_hook.h"
#include "model/model.h"

namespace excise {
namespace {

TEST(HooksTest, EverySiteHasAName) {
  const Model model =
      Model::open(std::string(EXCISE_SOURCE_DIR) + "/tests/golden/tiny-gpt2")
          .value();
  for (const HookSite& site : readable_sites(model.config)) {
    const auto found = find_readable(hook_name(site), model.config);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, std::vector<HookSite>{site});
    const auto edited = find_hooks(hook_name(site), model.config);
    EXPECT_EQ(edited.has_value(), !is_only_read(site.point)) << hook_name(site);
  }
}

TEST(HooksTest, OneActivationHasTwoNames) {
  EXPECT_EQ(same_activation("blocks.2.hook_resid_pre"),
            "blocks.1.hook_resid_post");
  EXPECT_EQ(same_activation("blocks.1.hook_resid_post"),
            "blocks.2.hook_resid_pre");
  EXPECT_FALSE(same_activation("blocks.0.hook_resid_pre"));
  EXPECT_FALSE(same_activation("blocks.1.mlp.hook_pre"));
  const Model model =
      Model::open(std::string(EXCISE_SOURCE_DIR) + "/tests/golden/tiny-gpt2")
          .value();
  for (const char* name : {"blocks.1.hook_mlp_out", "transformer.h.1.mlp",
                           "h.1.mlp", "transformer.h.1.mlp.c_proj"}) {
    const auto sites = find_hooks(name, model.config);
    ASSERT_TRUE(sites) << name;
    EXPECT_EQ(sites->at(0), (HookSite{HookPoint::kMlpOut, 1}));
  }
}

TEST(HooksTest, NamesAreReadWithoutAModel) {
  for (size_t i = 0; i < kHookPoints; ++i) {
    const HookSite site{static_cast<HookPoint>(i), 12};
    const auto named = parse_hook_name(hook_name(site));
    ASSERT_TRUE(named) << hook_name(site);
    EXPECT_EQ(named->point, site.point);
    const bool of_block = hook_name(site).starts_with("blocks.");
    EXPECT_EQ(named->layer,
              of_block ? std::optional<size_t>(12) : std::nullopt);
  }
  for (const char* name : {"blocks.*.mlp.hook_pre", "transformer.h.*.mlp.c_fc",
                           "h.*.mlp.c_fc", "model.layers.*.mlp.gate_proj",
                           "gpt_neox.layers.*.mlp.dense_h_to_4h"}) {
    const auto named = named_hook(name);
    ASSERT_TRUE(named) << name;
    EXPECT_EQ(named->point, HookPoint::kMlpPre) << name;
    EXPECT_FALSE(named->layer) << name;
  }
  EXPECT_EQ(named_hook("transformer.h.3.mlp.c_proj")->layer, 3U);
  EXPECT_EQ(named_hook("model.layers.2")->point, HookPoint::kResidPost);
  // Behind it a Gemma 2 has a norm and a Llama has none.
  EXPECT_FALSE(named_hook("model.layers.3.mlp.down_proj"));
  for (const char* name :
       {"", "blocks", "blocks.07.mlp.hook_pre", "blocks.-1.mlp.hook_pre",
        "blocks.1.mlp.hook_pr", "blocks..mlp.hook_pre", "h.x.mlp.c_fc",
        "h.1.mlp.nothing", "blocks.99999999999999999999.mlp.hook_pre"})
    EXPECT_FALSE(named_hook(name)) << name;
}

}  // namespace
}  // namespace excise
