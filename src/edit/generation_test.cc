// Continuations against the reference implementation, and what ends them.
#include "edit/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "edit/edit.h"
#include "intervention/basis_file.h"
#include "io/safetensors.h"
#include "io/text_file.h"
#include "model/forward.h"
#include "model/model.h"
#include "testing/temporary_folder.h"

namespace excise {
namespace {

using nlohmann::json;
using testing::Each;
using testing::HasSubstr;

const std::string kSource = EXCISE_SOURCE_DIR;
const std::string kGolden = kSource + "/tests/golden/";

json read_json(const std::string& name) {
  return json::parse(*read_text_file(kGolden + name));
}

class GenerationGoldenTest : public testing::Test {
 protected:
  // The frozen direction of `layer` as an edit.
  std::vector<Edit> golden_edit(size_t layer) {
    const std::string end = "_l" + std::to_string(layer);
    const auto mean = *(*arrays_.get("mean" + end))->to_double();
    LinearParts parts;
    parts.basis = "svd";
    parts.op = {Mean::kNeuron, Mean::kNeuron};
    parts.mean.assign(mean.values().begin(), mean.values().end());
    parts.atoms = *(*arrays_.get("v" + end))->to_double();
    EditSpec spec;
    spec.hook = "blocks." + std::to_string(layer) + ".mlp.hook_pre";
    spec.basis = folder_.path() / ("basis" + end + ".safetensors");
    BasisSet set;
    set.basis = "svd";
    set.provenance.options = {{"centre", "neuron"}, {"restore", "neuron"}};
    set.hooks.emplace_back(spec.hook,
                           std::make_shared<LinearBasis>(std::move(parts)));
    EXPECT_TRUE(write_basis_file(set, spec.basis));
    auto edits = open_edits({&spec, 1}, model_);
    EXPECT_TRUE(edits) << edits.error().message;
    return std::move(*edits);
  }

  TemporaryFolder folder_;
  Model model_ = *Model::open(kSource + "/models/baker-7m");
  TensorFile arrays_ =
      *TensorFile::open(kGolden + "generate_baker.safetensors");
  json golden_ = read_json("generate_baker.json");
  double logprob_tolerance_ =
      read_json("tolerances.json")["generate_baker.json"]["logprob"]["atol"];
};

TEST_F(GenerationGoldenTest, CleanAndEditedEqualTheReference) {
  auto forward = *IncrementalForward::create(model_.config, model_.weights);
  const std::vector<Edit> at_5 = golden_edit(5);
  const std::vector<Edit> at_0 = golden_edit(0);
  const std::vector<ContinuationRequest> requests = {
      {{}, 0}, {sequence_hooks(at_5), 0}, {sequence_hooks(at_0), 0}};
  const std::string branches[] = {"clean", "edited_l5", "edited_l0"};
  for (const json& wanted : golden_["cases"]) {
    const auto prompt = wanted["prompt_ids"].get<std::vector<int>>();
    EXPECT_EQ(*model_.tokenizer->encode(wanted["prompt"].get<std::string>()),
              prompt);
    const auto found = generate(model_.config, forward, prompt, requests,
                                {.max_tokens = 30}, {}, Progress());
    ASSERT_TRUE(found) << found.error().message;
    for (size_t b = 0; b < 3; ++b) {
      const json& expected = wanted[branches[b]];
      const Continuation& ours = found->continuations[b];
      EXPECT_EQ(ours.ids, expected["ids"].get<std::vector<int>>());
      EXPECT_EQ(ours.stop, StopReason::kMaxTokens);
      EXPECT_EQ(*model_.tokenizer->decode(ours.ids), expected["text"]);
      for (size_t i = 0; i < 30; ++i) {
        EXPECT_NEAR(ours.logprobs[i], expected["logprob"][i].get<double>(),
                    logprob_tolerance_);
      }
    }
    EXPECT_THAT(found->continuations[1].hooks_fired, Each(30));
  }
}

TEST_F(GenerationGoldenTest, LogitsOfTheFirstNewToken) {
  const json tolerances =
      read_json("tolerances.json")["generate_baker.safetensors"];
  auto forward = *IncrementalForward::create(model_.config, model_.weights);
  for (size_t c = 0; c < 3; ++c) {
    const auto prompt =
        golden_["cases"][c]["prompt_ids"].get<std::vector<int>>();
    for (const std::string branch : {"clean", "edited_l5", "edited_l0"}) {
      std::vector<Edit> edits;
      if (branch != "clean") edits = golden_edit(branch.back() == '5' ? 5 : 0);
      Sequence sequence = *forward.start(prompt.size(), sequence_hooks(edits));
      Matrix<float> logits(1, model_.config.d_vocab);
      const Extension extension{&sequence, prompt};
      ASSERT_TRUE(forward.extend({&extension, 1}, logits, Progress()));
      const std::string name = "logits_" + std::to_string(c) + "_" + branch;
      const auto expected = *(*arrays_.get(name))->to_double();
      const double tolerance = tolerances[name]["atol"];
      for (size_t v = 0; v < expected.size(); ++v) {
        ASSERT_NEAR(logits(0, v), expected.values()[v], tolerance) << name;
      }
    }
  }
}

class GenerationTest : public testing::Test {
 protected:
  Result<Generation> run(size_t prompt_tokens, const GenerationOptions& options,
                         size_t samples = 1) {
    std::vector<int> prompt(prompt_tokens);
    for (size_t i = 0; i < prompt.size(); ++i) {
      prompt[i] = static_cast<int>((7 * i + 3) % 500);
    }
    std::vector<ContinuationRequest> requests(samples);
    for (size_t i = 0; i < samples; ++i) requests[i].stream = i;
    streamed_.assign(samples, {});
    return generate(
        model_.config, forward_, prompt, requests, options,
        [&](size_t continuation, int id) -> Status {
          streamed_[continuation].push_back(id);
          return {};
        },
        Progress());
  }

  Model model_ = *Model::open(kGolden + "tiny-gpt2");  // context of 64
  IncrementalForward forward_ =
      *IncrementalForward::create(model_.config, model_.weights);
  std::vector<std::vector<int>> streamed_;
};

TEST_F(GenerationTest, StopsAtTheContextOrSlides) {
  const auto stopped = run(60, {.max_tokens = 50});
  ASSERT_TRUE(stopped) << stopped.error().message;
  // The last one is chosen from the full context.
  EXPECT_EQ(stopped->continuations[0].ids.size(), 5U);
  EXPECT_EQ(stopped->continuations[0].stop, StopReason::kContext);
  EXPECT_EQ(streamed_[0], stopped->continuations[0].ids);

  const GenerationOptions slide{.max_tokens = 50,
                                .past_context = PastContext::kSlide};
  const auto slid = run(60, slide);
  ASSERT_TRUE(slid) << slid.error().message;
  const Continuation& whole = slid->continuations[0];
  EXPECT_EQ(whole.ids.size(), 50U);
  EXPECT_EQ(whole.windows, 3U);
  EXPECT_EQ(std::vector<int>(whole.ids.begin(), whole.ids.begin() + 5),
            stopped->continuations[0].ids);
  // The first token of the second window, from the plain pass.
  std::vector<int> text;
  for (int i = 0; i < 60; ++i) text.push_back((7 * i + 3) % 500);
  text.insert(text.end(), whole.ids.begin(), whole.ids.begin() + 5);
  const std::vector<int> window(text.end() - 32, text.end());
  const auto output =
      *run_forward(model_.config, model_.weights, window, {}, Progress());
  const auto logits = *unembed(model_.weights, output.normalized);
  const auto last = logits.row(31);
  EXPECT_EQ(whole.ids[5],
            std::max_element(last.begin(), last.end()) - last.begin());

  const auto long_prompt = run(100, {});
  ASSERT_FALSE(long_prompt);
  EXPECT_THAT(long_prompt.error().message, HasSubstr("at most 64 tokens"));
  EXPECT_THAT(long_prompt.error().message, HasSubstr("slide"));
  EXPECT_EQ(run(100, slide)->continuations[0].ids.size(), 50U);
}

TEST_F(GenerationTest, EndOfTextEndsOne) {
  // tiny-gpt2 has no such token within its vocabulary: take what it says third.
  const auto free = run(10, {.max_tokens = 20});
  const std::vector<int> ids = free->continuations[0].ids;
  const auto third = std::find(ids.begin(), ids.end(), ids[2]);
  model_.config.end_of_text = {ids[2]};
  const auto ended = run(10, {.max_tokens = 20});
  EXPECT_EQ(ended->continuations[0].stop, StopReason::kEndOfText);
  EXPECT_EQ(ended->continuations[0].ids, std::vector<int>(ids.begin(), third));
  EXPECT_EQ(
      run(10, {.max_tokens = 20, .stop_at_end = false})->continuations[0].ids,
      ids);
}

TEST_F(GenerationTest, SamplesAreSeededAndTheirOwn) {
  const GenerationOptions options{
      .max_tokens = 12, .sampling = {.temperature = 1}, .seed = 4};
  const auto three = run(5, options, 3);
  const auto again = run(5, options, 3);
  const auto one = run(5, options, 1);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(three->continuations[i].ids, again->continuations[i].ids);
  }
  EXPECT_EQ(three->continuations[0].ids, one->continuations[0].ids);
  EXPECT_NE(three->continuations[0].ids, three->continuations[1].ids);
  EXPECT_EQ(run(5, {.max_tokens = 0})->continuations[0].ids.size(), 0U);
}

TEST_F(GenerationTest, RefusesNoPromptAndStopsWhenCancelled) {
  EXPECT_THAT(run(0, {}).error().message, HasSubstr("at least one token"));
  const std::atomic<bool> cancelled = true;
  const Progress progress{.report = {}, .cancelled = &cancelled};
  const std::vector<int> prompt = {1, 2, 3};
  const std::vector<ContinuationRequest> requests(1);
  const auto stopped =
      generate(model_.config, forward_, prompt, requests, {}, {}, progress);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace excise
