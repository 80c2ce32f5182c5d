#include "experiment/sweep/spec_toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace excise {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Spec unusual_spec() {
  Spec spec;
  spec.model = "models/\"odd\" name";
  spec.tokenizer_fingerprint = "0123456789abcdef0123456789abcdef";
  spec.text =
      "Quote \" backslash \\ tab \t newline\n bell \a, 1928 – é ''' end";
  spec.further_texts = {"A second text.", "a third \"one\""};
  spec.scan = Scan{ScanMode::kCumulative, {3, 0}};
  spec.hook = HookPoint::kMlpPost;
  spec.tokens = {"1-,0", "^ (he|she)$"};
  spec.together = "0-2;5,7";
  spec.coordinates = Coordinates::kLive;
  spec.dormant_share = true;
  spec.preset = "custom";
  spec.centre = "token";
  spec.restore = "neuron";
  spec.remove = {3};
  spec.layers = "0-2,7";
  spec.detail_layer = 7;
  spec.cells = Cells::kPreset;
  spec.controls = {{Control::kRandomRank, 20}, {Control::kNeuronShuffle, 3}};
  spec.seed = 9'000'000'000'000'000'000;
  spec.permutations = 123;
  spec.executor = Executor::kNaive;
  spec.compute = Compute::kBF16;
  spec.check_rounding = CheckRounding::kAll;
  spec.memory_limit = uint64_t{3} << 30;
  spec.threads = 2;
  spec.reading = {.bos = Bos::kNever, .special = SpecialTokens::kText};
  return spec;
}

void expect_equal(const Spec& a, const Spec& b) {
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.tokenizer_fingerprint, b.tokenizer_fingerprint);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.further_texts, b.further_texts);
  EXPECT_EQ(a.scan, b.scan);
  EXPECT_EQ(a.hook, b.hook);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.together, b.together);
  EXPECT_EQ(a.coordinates, b.coordinates);
  EXPECT_EQ(a.dormant_share, b.dormant_share);
  EXPECT_EQ(a.ids, b.ids);
  EXPECT_EQ(a.preset, b.preset);
  EXPECT_EQ(a.centre, b.centre);
  EXPECT_EQ(a.restore, b.restore);
  EXPECT_EQ(a.basis, b.basis);
  EXPECT_EQ(a.remove, b.remove);
  EXPECT_EQ(a.layers, b.layers);
  EXPECT_EQ(a.detail_layer, b.detail_layer);
  EXPECT_EQ(a.cells, b.cells);
  EXPECT_EQ(a.controls, b.controls);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.permutations, b.permutations);
  EXPECT_EQ(a.executor, b.executor);
  EXPECT_EQ(a.compute, b.compute);
  EXPECT_EQ(a.check_rounding, b.check_rounding);
  EXPECT_EQ(a.memory_limit, b.memory_limit);
  EXPECT_EQ(a.threads, b.threads);
  EXPECT_EQ(a.reading.bos, b.reading.bos);
  EXPECT_EQ(a.reading.special, b.reading.special);
}

void expect_equal_source(const Spec& a, const Spec& b) {
  EXPECT_EQ(a.basis, b.basis);
  EXPECT_EQ(a.preset, b.preset);
  EXPECT_EQ(a.source.file, b.source.file);
  EXPECT_EQ(a.source.file_fingerprint, b.source.file_fingerprint);
  EXPECT_EQ(a.source.corpus, b.source.corpus);
  EXPECT_EQ(a.source.corpus_fingerprint, b.source.corpus_fingerprint);
  EXPECT_EQ(a.source.class_fingerprints, b.source.class_fingerprints);
  EXPECT_EQ(a.source.class_files, b.source.class_files);
  EXPECT_EQ(a.source.class_tokens, b.source.class_tokens);
  EXPECT_EQ(a.source.components, b.source.components);
  EXPECT_EQ(a.source.shrinkage, b.source.shrinkage);
}

std::string error_of(std::string_view toml) {
  const auto spec = parse_spec(toml, "e.toml");
  if (spec) return "no error";
  EXPECT_EQ(spec.error().code, ErrorCode::kBadInput);
  return spec.error().message;
}

TEST(SpecToml, BasesComeBack) {
  Spec spec;
  spec.model = "m";
  spec.basis = "leace";
  spec.source.class_tokens = {"^ \"he\"$", R"(\bshe)"};
  spec.source.shrinkage = 0.1;
  EXPECT_EQ(spec_name(spec), "leace");
  expect_equal_source(parse_spec(spec_to_toml(spec), "e.toml").value(), spec);
  spec.source = {.corpus = "a.txt",
                 .corpus_fingerprint = "0123456789abcdef",
                 .components = 7};
  spec.basis = "ica";
  expect_equal_source(parse_spec(spec_to_toml(spec), "e.toml").value(), spec);
  spec.source = {.class_files = {"a", "b"}, .class_fingerprints = {"1", "2"}};
  spec.basis = "leace";
  expect_equal_source(parse_spec(spec_to_toml(spec), "e.toml").value(), spec);
  spec.source = {.file = "folder/he-she.safetensors",
                 .file_fingerprint = "0123"};
  const Spec file = parse_spec(spec_to_toml(spec), "e.toml").value();
  EXPECT_EQ(file.source.file, spec.source.file);
  EXPECT_EQ(spec_name(file), "he-she");
}

TEST(SpecToml, ComesBackAsItWas) {
  for (Spec spec : {Spec{}, unusual_spec()}) {
    const auto again = parse_spec(spec_to_toml(spec), "test");
    ASSERT_TRUE(again) << again.error().message;
    expect_equal(spec, *again);
    spec.text.clear();
    spec.further_texts.clear();
    spec.ids = {5, 0, 50256};
    const auto with_ids = parse_spec(spec_to_toml(spec), "test");
    ASSERT_TRUE(with_ids) << with_ids.error().message;
    expect_equal(spec, *with_ids);
  }
}

TEST(SpecToml, KeepsDefaultsAndTakesSizesAsText) {
  const auto spec = parse_spec("preset = 'pca'\nmemory_limit = '1.5G'", "e");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(removal_of(*spec)->removal.centre, Mean::kNeuron);
  EXPECT_EQ(spec->memory_limit, uint64_t{3} << 29);
  EXPECT_THAT(spec->remove, ElementsAre(0));
  EXPECT_EQ(spec->permutations, 10000);
}

TEST(SpecToml, AHookWithItsLayerIsSweptThere) {
  for (const char* name : {"blocks.5.mlp.hook_pre", "h.5.mlp.c_fc"}) {
    const auto spec =
        parse_spec("hook = '" + std::string(name) + "'\nlayers = '5'", "e");
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_EQ(spec->hook, HookPoint::kMlpPre);
    EXPECT_EQ(spec->layers, "5");
  }
  const auto alone = parse_spec("hook = 'blocks.7.hook_mlp_out'", "e");
  EXPECT_EQ(alone.value().layers, "7");
  const auto again = parse_spec(spec_to_toml(*alone), "e");
  EXPECT_EQ(spec_to_toml(again.value()), spec_to_toml(*alone));
  EXPECT_THAT(error_of("hook = 'blocks.5.mlp.hook_pre'\nlayers = '4'"),
              HasSubstr("5, that of the hook"));
}

TEST(SpecToml, SaysWhereAndWhatWasWrong) {
  EXPECT_EQ(error_of("seed = 1\nlayer = 'all'"),
            "[spec] e.toml, line 2: unknown key layer; did you mean layers?");
  EXPECT_EQ(error_of("layers = 3"),
            "[spec] e.toml, line 1: layers: expected a string, got 3");
  EXPECT_THAT(error_of("remove = [0, 'a']"), HasSubstr("a list of integers"));
  EXPECT_THAT(error_of("remove = 0"),
              AllOf(HasSubstr("each:0-15"), HasSubstr("got 0")));
  EXPECT_THAT(error_of("text = ['a', '']"), HasSubstr("not empty"));
  EXPECT_THAT(error_of("text = []"), HasSubstr("not empty"));
  EXPECT_THAT(error_of("remove = 'each:0'"), HasSubstr("at least two"));
  EXPECT_THAT(error_of("remove = 'all:0-3'"), HasSubstr("each:0-15"));
  EXPECT_THAT(error_of("hook = 'blocks.5.mlp.hook_prre'"),
              HasSubstr("did you mean blocks.5.mlp.hook_pre?"));
  EXPECT_THAT(error_of("hook = 'hook_prre'"),
              HasSubstr("did you mean hook_pre?"));
  EXPECT_THAT(error_of("remove = '0,0'"), HasSubstr("component once"));
  EXPECT_THAT(error_of("remove = 'each:0,0'"), HasSubstr("component once"));
  for (const char* backward : {"remove = '5-3'", "remove = 'each:0,5-3'"})
    EXPECT_THAT(error_of(backward), HasSubstr("from the lower component on"));
  EXPECT_THAT(error_of("positions = '0,9-7'"),
              HasSubstr("where 9-7 runs backward"));
  EXPECT_THAT(error_of("hook = 'hook_normalized'"),
              HasSubstr("hook_resid_post"));
  EXPECT_THAT(error_of("positions = '1-x'"), HasSubstr("2-5,7"));
  EXPECT_THAT(error_of("cells = 'all'\nempty_branch = true"),
              HasSubstr("took the place"));
  EXPECT_THAT(error_of("coordinates = 'other'"), HasSubstr("clean or live"));
  EXPECT_THAT(error_of("controls = 'norm-matched=2'"), HasSubstr("a table"));
  EXPECT_THAT(error_of("controls = {random = 2}"),
              AllOf(HasSubstr("random-rank"), HasSubstr("got {random = 2}")));
  EXPECT_THAT(error_of("controls = {random-rank = 0}"), HasSubstr("1 to"));
  EXPECT_THAT(error_of("text = ''"), HasSubstr("not empty"));
  EXPECT_THAT(error_of("seed = -1"), HasSubstr("got -1"));
  EXPECT_THAT(error_of("seed = 1.5"), HasSubstr("an integer"));
  EXPECT_THAT(error_of("threads = 99999999999"), HasSubstr("2147483647"));
  EXPECT_THAT(error_of("threads = 5000"), HasSubstr("0 to 1024"));
  EXPECT_THAT(error_of("executor = 'fast'"), HasSubstr("wavefront or naive"));
  EXPECT_THAT(error_of("schema = 'excise.experiment/9'"),
              HasSubstr("excise.experiment/1"));
  EXPECT_THAT(error_of("memory_limit = 'much'"), HasSubstr("1.5G"));
  EXPECT_THAT(error_of("seed = 1\nseed = 2"), HasSubstr("line 2"));
  EXPECT_THAT(error_of("text = \"open"),
              AllOf(HasSubstr("line 1"), HasSubstr("expected TOML")));
  EXPECT_THAT(error_of("[sweep]\nseed = 1"), HasSubstr("unknown key sweep"));
  EXPECT_THAT(error_of(std::string("text = '\xff'")), HasSubstr("TOML"));
}

TEST(SpecToml, MissingFileIsAnIoError) {
  const auto spec = read_spec("/nonexistent/e.toml");
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace excise
