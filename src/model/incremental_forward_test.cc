// Growing sequences against the plain forward pass.
#include "model/incremental_forward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/random.h"
#include "model/forward.h"
#include "model/model.h"

namespace excise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kSource = EXCISE_SOURCE_DIR;

std::vector<int> random_ids(size_t count, size_t d_vocab, uint64_t seed) {
  Random random(seed);
  std::vector<int> ids(count);
  for (int& id : ids) id = static_cast<int>(random.below(d_vocab));
  return ids;
}

// Adds to each value a number that depends on its position and column.
void shift(MatrixView<float> value, size_t first_position) {
  for (size_t i = 0; i < value.rows(); ++i) {
    for (size_t j = 0; j < value.cols(); ++j) {
      value(i, j) +=
          0.01F * static_cast<float>((first_position + i) % 5 + j % 3);
    }
  }
}

SequenceHook shift_at(HookPoint point, size_t layer) {
  return {{point, layer},
          [](MatrixView<float> value, size_t first_position) -> Status {
            shift(value, first_position);
            return {};
          }};
}

// Logits after each token of `ids`, by the plain pass, with the same shift.
Matrix<float> oracle(const Model& model, std::span<const int> ids,
                     const std::vector<HookSite>& sites) {
  std::vector<Hook> hooks;
  for (const HookSite& site : sites) {
    hooks.push_back({hook_name(site),
                     [](const HookSite&, MatrixView<float> value) -> Status {
                       shift(value, 0);
                       return {};
                     }});
  }
  const auto output =
      run_forward(model.config, model.weights, ids, hooks, Progress());
  return *unembed(model.weights, output->normalized);
}

void expect_near(std::span<const float> logits, std::span<const float> expected,
                 double tolerance, size_t place) {
  ASSERT_EQ(logits.size(), expected.size());
  for (size_t v = 0; v < logits.size(); ++v) {
    ASSERT_NEAR(logits[v], expected[v], tolerance)
        << "token " << v << " after position " << place;
  }
}

class IncrementalForwardTest : public testing::TestWithParam<const char*> {};

TEST_P(IncrementalForwardTest, EqualsThePlainPassHoweverItIsCut) {
  const Model model = *Model::open(kSource + GetParam());
  const auto ids = random_ids(40, model.config.d_vocab, 3);
  for (const bool edited : {false, true}) {
    std::vector<HookSite> sites;
    if (edited) sites = hook_sites(model.config);
    std::vector<SequenceHook> hooks;
    for (const HookSite& site : sites) {
      hooks.push_back(shift_at(site.point, site.layer));
    }
    const Matrix<float> expected = oracle(model, ids, sites);
    auto forward = *IncrementalForward::create(model.config, model.weights);
    Sequence sequence = *forward.start(40, std::move(hooks));
    Matrix<float> logits(1, model.config.d_vocab);
    // Few rows, many rows, single ones, a few.
    for (const size_t count : {3, 20, 1, 1, 1, 6, 8}) {
      const std::span<const int> next =
          std::span<const int>(ids).subspan(sequence.length(), count);
      const Extension extension{&sequence, next};
      const auto done = forward.extend({&extension, 1}, logits, Progress());
      ASSERT_TRUE(done) << done.error().message;
      const size_t last = sequence.length() - 1;
      expect_near(logits.row(0), expected.row(last), 1e-4, last);
    }
    ASSERT_EQ(sequence.length(), ids.size());
    for (const size_t fired : sequence.fired()) EXPECT_EQ(fired, 7U);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, IncrementalForwardTest,
                         testing::Values("/tests/golden/tiny-gpt2",
                                         "/tests/golden/tiny-gpt2-odd",
                                         "/models/baker-7m"));

TEST(IncrementalForwardTest, SequencesRunTogetherAsAlone) {
  const Model model = *Model::open(kSource + "/tests/golden/tiny-gpt2");
  const HookSite site{HookPoint::kMlpPre, 1};
  const auto long_ids = random_ids(30, model.config.d_vocab, 4);
  const auto short_ids = random_ids(9, model.config.d_vocab, 5);
  auto forward = *IncrementalForward::create(model.config, model.weights);
  Sequence edited = *forward.start(30, {shift_at(site.point, site.layer)});
  Sequence clean = *forward.start(9, {});
  Matrix<float> logits(2, model.config.d_vocab);
  const auto part = [](const std::vector<int>& ids, size_t first,
                       size_t count) {
    return std::span<const int>(ids).subspan(first, count);
  };
  const Extension first[] = {{&edited, part(long_ids, 0, 25)},
                             {&clean, part(short_ids, 0, 4)}};
  const Extension second[] = {{&clean, part(short_ids, 4, 5)},
                              {&edited, part(long_ids, 25, 5)}};
  ASSERT_TRUE(forward.extend(first, logits, Progress()));
  ASSERT_TRUE(forward.extend(second, logits, Progress()));
  expect_near(logits.row(0), oracle(model, short_ids, {}).row(8), 5e-5, 8);
  expect_near(logits.row(1), oracle(model, long_ids, {site}).row(29), 5e-5, 29);
  EXPECT_THAT(edited.fired(), ElementsAre(2));

  // A cleared sequence starts anew, with its hooks.
  edited.clear();
  const Extension again{&edited, part(short_ids, 0, 9)};
  Matrix<float> one(1, model.config.d_vocab);
  ASSERT_TRUE(forward.extend({&again, 1}, one, Progress()));
  expect_near(one.row(0), oracle(model, short_ids, {site}).row(8), 5e-5, 8);
}

TEST(IncrementalForwardTest, RefusesWhatDoesNotFit) {
  const Model model = *Model::open(kSource + "/tests/golden/tiny-gpt2");
  auto forward = *IncrementalForward::create(model.config, model.weights);
  EXPECT_THAT(forward.start(65, {}).error().message, HasSubstr("64"));
  EXPECT_THAT(
      forward.start(8, {shift_at(HookPoint::kMlpPre, 4)}).error().message,
      HasSubstr("0 to 3"));
  Sequence sequence = *forward.start(4, {});
  Matrix<float> logits(1, model.config.d_vocab);
  const auto error_of = [&](std::vector<int> ids) {
    const Extension extension{&sequence, ids};
    return forward.extend({&extension, 1}, logits, Progress()).error().message;
  };
  EXPECT_THAT(error_of({1, 2, 3, 4, 5}), HasSubstr("at most 4 tokens"));
  EXPECT_THAT(error_of({512}), HasSubstr("511"));
  EXPECT_THAT(error_of({}), HasSubstr("at least one token"));
  EXPECT_EQ(sequence.length(), 0U);
}

}  // namespace
}  // namespace excise
