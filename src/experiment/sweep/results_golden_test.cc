// The statistics of results.json, from the effects that the reference stored.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "experiment/sweep/results_json.h"
#include "experiment/sweep/spec.h"
#include "io/safetensors.h"

namespace excise {
namespace {

using nlohmann::json;

std::vector<double> row_of(const TensorFile& file, const std::string& name,
                           size_t row) {
  const Matrix<double> values = file.find(name)->to_double().value();
  return {values.row(row).begin(), values.row(row).end()};
}

// What the summary of a layer depends on.
SweepResult stored_result(const TensorFile& file, const json& golden) {
  SweepResult result;
  result.removal = removal_preset(golden["preset"].get<std::string>()).value();
  for (const double id : row_of(file, "ids", 0)) {
    result.ids.push_back(static_cast<int>(id));
  }
  const bool identity = result.removal.identity_when_empty();
  for (const json& layer : golden["layers"]) {
    LayerFindings findings;
    findings.layer = layer["layer"];
    findings.share = layer["share"];
    findings.u0 = row_of(file, "u0", findings.layer);
    findings.v0 = row_of(file, "v0", findings.layer);
    findings.removal.delta_logprob =
        row_of(file, "delta_logprob", findings.layer);
    findings.removal.drift = row_of(file, "drift", findings.layer);
    if (!identity) {
      findings.empty.emplace();
      findings.empty->delta_logprob =
          row_of(file, "delta_logprob_empty", findings.layer);
      findings.empty->drift = row_of(file, "drift_empty", findings.layer);
      // Of a removal that does nothing by itself the interaction is what the
      // reference calls net: d(preset) - d(empty).
      findings.removed.emplace();
      findings.removed->delta_logprob.resize(result.ids.size());
      findings.removed->drift.resize(findings.empty->drift.size());
    }
    result.layers.push_back(findings.layer);
    result.findings.push_back(std::move(findings));
  }
  result.clean.state_norm.assign(result.layers.size() + 1, 1.0);
  return result;
}

void expect_same(const std::string& path, const json& ours,
                 const json& expected) {
  // Computed by the sweep itself, or by another experiment.
  static const std::set<std::string> kOthers = {
      "value_change",        "cov_change",    "participation_before",
      "participation_after", "dormant_share", "rank_w_out"};
  if (expected.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      if (kOthers.count(key) != 0) continue;
      ASSERT_TRUE(ours.contains(key)) << path << "/" << key;
      expect_same(path + "/" + key, ours[key], value);
    }
  } else if (expected.is_array()) {
    ASSERT_EQ(ours.size(), expected.size()) << path;
    for (size_t i = 0; i < expected.size(); ++i) {
      expect_same(path + "/" + std::to_string(i), ours[i], expected[i]);
    }
  } else if (expected.is_number_float()) {
    ASSERT_TRUE(ours.is_number()) << path;
    const double value = expected;
    EXPECT_NEAR(ours.get<double>(), value, 1e-9 * std::abs(value) + 1e-15)
        << path;
  } else {
    EXPECT_EQ(ours, expected) << path;
  }
}

class ResultsGolden : public testing::TestWithParam<const char*> {};

TEST_P(ResultsGolden, StatisticsOfStoredEffects) {
  const std::filesystem::path root(EXCISE_SOURCE_DIR);
  const std::string stem = "protocol_" + std::string(GetParam());
  std::ifstream text(root / "tests/golden" / (stem + ".json"));
  json golden = json::parse(text);
  const TensorFile file =
      TensorFile::open(root / "tests/golden" / (stem + ".safetensors")).value();
  const SweepResult result = stored_result(file, golden);
  const auto summary = summarize(result, Progress());
  ASSERT_TRUE(summary) << summary.error().message;
  const Model model = Model::open(root / "tests/golden/tiny-gpt2").value();
  const json ours = json::parse(results_json(model, result, *summary, {}));
  for (json& layer : golden["layers"]) {
    layer["interaction"] = std::move(layer["net"]);
    layer.erase("net");
  }
  expect_same("layers", ours["layers"], golden["layers"]);
  for (const char* key : {"share_vs_t_default_n", "share_vs_t_published_n"}) {
    // The reference has p from t; of few layers it is exact.
    if (golden["layers"].size() <= kExactCorrelationUpTo) {
      golden[key].erase("pearson_p");
      golden[key].erase("spearman_p");
    }
    expect_same(key, ours[key], golden[key]);
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, ResultsGolden,
                         testing::Values("tiny-gpt2_published", "tiny-gpt2_pca",
                                         "baker-7m_published", "baker-7m_pca"),
                         [](const auto& chosen) {
                           std::string name = chosen.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace excise
