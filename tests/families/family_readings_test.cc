// Hooks that are only read, of every family: identities that must hold between
// them and the hooks that can be edited, and for some families the values that
// Transformers gives (make_references.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "io/safetensors.h"
#include "math/ops/matmul.h"
#include "model/forward.h"
#include "model/model.h"
#include "model/readings.h"

namespace excise {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(EXCISE_FAMILIES_TESTS_DIR) / "references";
// float32 beside double: some hundred additions of numbers near 1.
constexpr double kTolerance = 2e-5;

void expect_near(MatrixView<const float> want, MatrixView<const float> got) {
  ASSERT_EQ(want.rows(), got.rows());
  ASSERT_EQ(want.cols(), got.cols());
  for (size_t t = 0; t < want.rows(); ++t) {
    for (size_t j = 0; j < want.cols(); ++j)
      ASSERT_NEAR(want(t, j), got(t, j),
                  kTolerance * std::max(1.0F, std::abs(want(t, j))))
          << t << ", " << j;
  }
}

class FamilyReadingsTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(model_) << model_.error().message;
    const auto file =
        TensorFile::open(kFolder / GetParam() / "reference.safetensors");
    const auto ids = (*file->get("ids"))->to_double();
    for (const double id : ids->values()) ids_.push_back(static_cast<int>(id));
    std::vector<Reader> readers;
    for (const HookSite& site : readable_sites(model_->config)) {
      readers.push_back(
          {hook_name(site), [this](const HookSite& at, Matrix<float> value) {
             order_.push_back(at);
             values_[hook_name(at)] = std::move(value);
             return Status();
           }});
    }
    auto output =
        run_forward(model_->config, model_->weights, ids_, {}, {}, readers);
    ASSERT_TRUE(output) << output.error().message;
    output_ = std::move(*output);
  }

  MatrixView<const float> at(HookPoint point, size_t layer) const {
    return values_.at(hook_name({point, layer})).view();
  }
  bool has(HookPoint point, size_t layer) const {
    return values_.contains(hook_name({point, layer}));
  }

  Result<Model> model_ = Model::open(kFolder / GetParam());
  std::vector<int> ids_;
  std::vector<HookSite> order_;
  std::map<std::string, Matrix<float>> values_;
  ForwardOutput output_;
};

TEST_P(FamilyReadingsTest, ComeInTheOrderOfTheListAndInTheirShapes) {
  EXPECT_EQ(order_, readable_sites(model_->config));
  for (const HookSite& site : order_) {
    const auto shape = hook_shape(model_->config, site.point, ids_.size());
    size_t elements = 1;
    for (const size_t axis : shape) elements *= axis;
    const Matrix<float>& value = values_.at(hook_name(site));
    EXPECT_EQ(value.rows() * value.cols(), elements) << hook_name(site);
  }
}

TEST_P(FamilyReadingsTest, TheEmbeddingsAreTheFirstState) {
  auto sum = converted<float>(at(HookPoint::kEmbed, 0));
  EXPECT_EQ(values_.contains("hook_pos_embed"),
            model_->config.architecture.learned_positions);
  if (values_.contains("hook_pos_embed"))
    add_to(values_.at("hook_pos_embed"), sum);
  expect_near(at(HookPoint::kResidPre, 0), sum);
}

// The scores are those of the queries and keys shown, the pattern their
// softmax, and z the values that it weighs.
TEST_P(FamilyReadingsTest, AttentionHangsTogether) {
  const ModelConfig& config = model_->config;
  const size_t tokens = ids_.size();
  for (size_t l = 0; l < config.n_layers; ++l) {
    SCOPED_TRACE(l);
    const AttentionShape shape = config.attention_shape(l);
    const bool turns = has(HookPoint::kRotQ, l);
    EXPECT_EQ(turns, !config.architecture.rotaries.empty());
    const auto q = at(turns ? HookPoint::kRotQ : HookPoint::kQ, l);
    const auto k = at(turns ? HookPoint::kRotK : HookPoint::kK, l);
    const auto v = at(HookPoint::kV, l), z = at(HookPoint::kZ, l);
    const auto scores = at(HookPoint::kAttnScores, l);
    const auto pattern = at(HookPoint::kPattern, l);
    for (size_t h = 0; h < config.n_heads; ++h) {
      for (size_t t = 0; t < tokens; ++t) {
        const auto row = scores.row(h * tokens + t);
        const auto weights = pattern.row(h * tokens + t);
        double total = 0;
        for (const float score : row) total += std::exp(double{score});
        std::vector<double> read(shape.d_head);
        for (size_t s = 0; s < tokens; ++s) {
          const bool seen = s <= t && s >= shape.first_seen(t);
          ASSERT_EQ(std::isinf(row[s]), !seen);
          ASSERT_NEAR(weights[s], std::exp(double{row[s]}) / total, kTolerance);
          if (!seen) continue;
          double score = 0;
          for (size_t i = 0; i < shape.d_head; ++i) {
            score += double{q(t, shape.q_column(h) + i)} *
                     k(s, shape.kv_column(h) + i);
            read[i] += double{weights[s]} * v(s, shape.kv_column(h) + i);
          }
          score *= shape.scale;
          if (shape.cap > 0) score = shape.cap * std::tanh(score / shape.cap);
          ASSERT_NEAR(row[s], score, kTolerance * (1 + std::abs(score)));
        }
        for (size_t i = 0; i < shape.d_head; ++i)
          ASSERT_NEAR(z(t, shape.q_column(h) + i), read[i], kTolerance);
      }
    }
  }
}

// normalized: (x - mean) / scale. Of a norm in front of attention, with weight
// and bias it is what queries, keys and values are projected from.
TEST_P(FamilyReadingsTest, NormsHangTogether) {
  const ModelConfig& config = model_->config;
  const bool centres = config.architecture.norm == NormKind::kLayer;
  const auto expect_norm = [&](MatrixView<const float> x, HookPoint scale,
                               MatrixView<const float> normalized,
                               size_t layer) {
    for (size_t t = 0; t < x.rows(); ++t) {
      double mean = 0;
      for (const float value : x.row(t)) mean += centres ? value : 0;
      mean /= static_cast<double>(x.cols());
      for (size_t j = 0; j < x.cols(); ++j)
        ASSERT_NEAR(normalized(t, j) * at(scale, layer)(t, 0), x(t, j) - mean,
                    kTolerance * (1 + std::abs(x(t, j))));
    }
  };
  size_t norms = 0;
  for (size_t l = 0; l < config.n_layers; ++l) {
    SCOPED_TRACE(l);
    const LayerWeights w = *model_->weights.layer(l);
    for (const BlockStep& step : block_steps(config)) {
      if (step.kind != StepKind::kNorm) continue;
      ++norms;
      const auto [scale, normalized] = norm_hooks(config, step.slot);
      auto y = converted<float>(at(normalized, l));
      const bool in_front =
          step.slot == Slot::kNorm1 || step.slot == Slot::kNorm2;
      if (in_front) {
        const bool mid =
            step.slot == Slot::kNorm2 && has(HookPoint::kResidMid, l);
        expect_norm(at(mid ? HookPoint::kResidMid : HookPoint::kResidPre, l),
                    scale, y, l);
      }
      for (size_t t = 0; t < y.rows(); ++t) {
        for (size_t j = 0; j < y.cols(); ++j) {
          y(t, j) *= w[step.slot].weight(0, j);
          if (w[step.slot].bias.rows() > 0) y(t, j) += w[step.slot].bias(0, j);
        }
      }
      if (step.slot == Slot::kNorm1) {
        Matrix<float> qkv(y.rows(), value_width(config, Value::kQkv));
        ASSERT_TRUE(matmul(y, w[Slot::kQkv].weight, w[Slot::kQkv].layout, qkv));
        add_bias(w[Slot::kQkv].bias, qkv);
        const AttentionShape shape = config.attention_shape(l);
        const size_t q = shape.q_width(), kv = shape.kv_width();
        expect_near(qkv.view().col_range(0, q), at(HookPoint::kQ, l));
        expect_near(qkv.view().col_range(q, kv), at(HookPoint::kK, l));
        expect_near(qkv.view().col_range(q + kv, kv), at(HookPoint::kV, l));
      }
      if (in_front) continue;
      // Behind a part: what is added to the stream.
      scale_by(config.architecture.residual_scale, y);
      expect_near(y, at(step.slot == Slot::kNormAttnOut ? HookPoint::kAttnOut
                                                        : HookPoint::kMlpOut,
                        l));
    }
  }
  EXPECT_GT(norms, 0U);
  // Of ln_final, whose hook has weight and bias.
  auto last =
      converted<float>(at(HookPoint::kFinalNormalized, config.n_layers));
  const Weights& weights = model_->weights;
  for (size_t t = 0; t < last.rows(); ++t) {
    for (size_t j = 0; j < last.cols(); ++j) {
      if (weights.ln_final_bias().rows() > 0)
        last(t, j) -= weights.ln_final_bias()(0, j);
      last(t, j) /= weights.ln_final_weight()(0, j);
    }
  }
  expect_norm(output_.resid_final, HookPoint::kFinalScale, last,
              config.n_layers);
}

class FamilyReadingsReferenceTest : public FamilyReadingsTest {};

TEST_P(FamilyReadingsReferenceTest, AreThoseOfTransformers) {
  const auto file =
      TensorFile::open(kFolder / GetParam() / "readings.safetensors");
  ASSERT_TRUE(file);
  size_t compared = 0;
  for (const HookSite& site : order_) {
    const std::string name = hook_name(site);
    const StoredTensor* stored = file->find(name);
    if (stored == nullptr) {
      // Turned queries and keys are in the scores.
      EXPECT_TRUE(!is_only_read(site.point) ||
                  name.find("hook_rot") != std::string::npos)
          << name;
      continue;
    }
    SCOPED_TRACE(name);
    ++compared;
    std::vector<size_t> shape =
        hook_shape(model_->config, site.point, ids_.size());
    EXPECT_EQ(stored->shape, shape);
    const auto want = stored->to_double();
    const auto limit = (*file->get(name + ".limit"))->to_double();
    // Fewer than float32 has for values near 1 would blame a reference that was
    // right by luck.
    const double tolerance = std::max(2e-6, limit->values()[0]);
    const std::span<const float> got = values_.at(name).values();
    ASSERT_EQ(got.size(), want->values().size());
    for (size_t i = 0; i < got.size(); ++i) {
      if (std::isinf(got[i])) {
        ASSERT_EQ(want->values()[i], 0) << i;  // hidden by the mask
        continue;
      }
      ASSERT_NEAR(got[i], want->values()[i], tolerance) << i;
    }
  }
  EXPECT_EQ(2 * compared, file->tensors().size());
}

// Those of the models with this file.
std::vector<std::string> models_with(const char* file) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (std::filesystem::exists(entry.path() / file))
      names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Models, FamilyReadingsTest,
                         testing::ValuesIn(models_with("config.json")),
                         [](const auto& of) { return of.param; });
INSTANTIATE_TEST_SUITE_P(Models, FamilyReadingsReferenceTest,
                         testing::ValuesIn(models_with("readings.safetensors")),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace excise
