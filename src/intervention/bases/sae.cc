#include "intervention/bases/sae.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/safetensors.h"
#include "io/text_file.h"
#include "math/linalg/product.h"

namespace excise {
namespace {

constexpr size_t kBlockRows = 128;
constexpr size_t kBlockFeatures = 2048;

double relu(double x) { return std::max(x, 0.0); }

class Sae final : public Decomposition {
 public:
  Sae(SaeConfig config, SaeWeights weights)
      : config_(std::move(config)), weights_(std::move(weights)) {}

  std::string_view basis() const override { return "sae"; }
  size_t n_components() const override { return config_.d_sae; }
  size_t n_neurons() const override { return config_.d_in; }

  Result<Matrix<double>> encode(
      MatrixView<const float> a,
      std::span<const size_t> components) const override {
    EXCISE_CHECK(check(components));
    EXCISE_CHECK(check_neurons(*this, a));
    Matrix<double> codes(a.rows(), components.size());
    for (size_t first = 0; first < a.rows(); first += kBlockRows) {
      const size_t count = std::min(kBlockRows, a.rows() - first);
      encode_block(a.row_range(first, count), components,
                   codes.view().row_range(first, count));
    }
    return codes;
  }

  Result<Matrix<double>> atoms(
      std::span<const size_t> components) const override {
    EXCISE_CHECK(check(components));
    Matrix<double> rows(components.size(), config_.d_in);
    for (size_t i = 0; i < components.size(); ++i)
      std::ranges::copy(weights_.W_dec.row(components[i]), rows.row(i).begin());
    return rows;
  }

  void centre(std::span<double> row) const override {
    for (size_t j = 0; j < row.size(); ++j) row[j] -= weights_.b_dec(0, j);
  }

 private:
  Status check(std::span<const size_t> components) const {
    return check_components(
        components, config_.d_sae,
        "this sae of " + std::to_string(config_.d_sae) + " features");
  }

  static void take_mean_off(std::span<double> x) {
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) /
                        static_cast<double>(x.size());
    for (double& value : x) value -= mean;
  }

  // Normalises the token in place; gives what to multiply codes by.
  double normalize(std::span<double> x) const {
    const auto n = static_cast<double>(x.size());
    double scale = 1;
    if (config_.normalization == SaeNormalization::kConstantNorm) {
      const double norm =
          std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
      scale = norm > 0 ? norm / std::sqrt(n) : 1;
      for (double& value : x) value /= scale;
    } else if (config_.normalization == SaeNormalization::kLayerNorm) {
      constexpr double kEpsilon = 1e-5;
      const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
      double squares = 0;
      for (double& value : x) {
        value -= mean;
        squares += value * value;
      }
      scale = std::sqrt(squares / (n - 1));
      for (double& value : x) value /= scale + kEpsilon;
    }
    return scale;
  }

  // x W_enc of the features [first, first + count), or of chosen ones.
  template <typename Feature>
  Matrix<double> projected(const Matrix<double>& x, size_t count,
                           Feature&& feature) const {
    auto columns = Matrix<double>::uninitialized(config_.d_in, count);
    for (size_t j = 0; j < config_.d_in; ++j) {
      for (size_t i = 0; i < count; ++i)
        columns(j, i) = weights_.W_enc(j, feature(i));
    }
    return product(x, columns);
  }

  // The activation of one feature, given x W_enc of it.
  double activation(double projection, size_t feature) const {
    if (config_.architecture == SaeArchitecture::kGated) {
      const bool open = projection + weights_.b_gate(0, feature) > 0;
      const double magnitude =
          projection * std::exp(double{weights_.r_mag(0, feature)}) +
          weights_.b_mag(0, feature);
      return open ? relu(magnitude) : 0;
    }
    const double pre = projection + weights_.b_enc(0, feature);
    if (config_.architecture == SaeArchitecture::kJumpRelu &&
        !(pre > weights_.threshold(0, feature))) {
      return 0;
    }
    return relu(pre);
  }

  void encode_block(MatrixView<const float> a,
                    std::span<const size_t> components,
                    MatrixView<double> codes) const {
    auto x = converted<double>(a);
    std::vector<double> scales;
    for (size_t t = 0; t < x.rows(); ++t) {
      if (config_.centre_input) take_mean_off(x.row(t));
      scales.push_back(normalize(x.row(t)));
      if (config_.apply_b_dec_to_input) centre(x.row(t));
    }
    if (config_.architecture == SaeArchitecture::kTopK) {
      encode_top_k(x, components, codes);
    } else {
      const Matrix<double> projection = projected(
          x, components.size(), [&](size_t i) { return components[i]; });
      for (size_t t = 0; t < x.rows(); ++t) {
        for (size_t i = 0; i < components.size(); ++i)
          codes(t, i) = activation(projection(t, i), components[i]);
      }
    }
    for (size_t t = 0; t < x.rows(); ++t) {
      for (double& value : codes.row(t)) value *= scales[t];
    }
  }

  // All features are needed to know which are the largest.
  void encode_top_k(const Matrix<double>& x, std::span<const size_t> components,
                    MatrixView<double> codes) const {
    Matrix<double> pre(x.rows(), config_.d_sae);
    std::vector<double> norms(config_.d_sae, 1);
    if (config_.rescale_acts_by_decoder_norm) {
      for (size_t f = 0; f < config_.d_sae; ++f) {
        double squares = 0;
        for (const float value : weights_.W_dec.row(f))
          squares += double{value} * value;
        norms[f] = std::sqrt(squares);
      }
    }
    for (size_t first = 0; first < config_.d_sae; first += kBlockFeatures) {
      const size_t count = std::min(kBlockFeatures, config_.d_sae - first);
      const Matrix<double> block =
          projected(x, count, [&](size_t i) { return first + i; });
      for (size_t t = 0; t < x.rows(); ++t) {
        for (size_t i = 0; i < count; ++i) {
          pre(t, first + i) =
              (block(t, i) + weights_.b_enc(0, first + i)) * norms[first + i];
        }
      }
    }
    std::vector<size_t> order(config_.d_sae);
    std::vector<bool> on(config_.d_sae);
    const size_t k = std::min(config_.k, config_.d_sae);
    for (size_t t = 0; t < x.rows(); ++t) {
      const auto row = pre.row(t);
      std::iota(order.begin(), order.end(), size_t{0});
      std::ranges::partial_sort(
          order, order.begin() + static_cast<ptrdiff_t>(k),
          [&](size_t i, size_t j) {
            return std::pair(-row[i], i) < std::pair(-row[j], j);
          });
      std::fill(on.begin(), on.end(), false);
      for (size_t i = 0; i < k; ++i) on[order[i]] = true;
      for (size_t i = 0; i < components.size(); ++i) {
        const size_t f = components[i];
        // A decoder row of length 0 adds nothing, whatever its code.
        codes(t, i) = on[f] && norms[f] > 0 ? relu(row[f]) / norms[f] : 0;
      }
    }
  }

  SaeConfig config_;
  SaeWeights weights_;
};

class WeightsReader {
 public:
  WeightsReader(const TensorFile& file, const SaeConfig& config,
                std::string source)
      : file_(file), config_(config), source_(std::move(source)) {}

  Result<SaeWeights> read() {
    const size_t d_in = config_.d_in;
    const size_t d_sae = config_.d_sae;
    SaeWeights weights;
    EXCISE_CHECK(take("W_enc", {d_in, d_sae}, weights.W_enc));
    EXCISE_CHECK(take("W_dec", {d_sae, d_in}, weights.W_dec));
    EXCISE_CHECK(take("b_dec", {d_in}, weights.b_dec));
    if (config_.architecture == SaeArchitecture::kGated) {
      EXCISE_CHECK(take("b_gate", {d_sae}, weights.b_gate));
      EXCISE_CHECK(take("r_mag", {d_sae}, weights.r_mag));
      EXCISE_CHECK(take("b_mag", {d_sae}, weights.b_mag));
    } else {
      EXCISE_CHECK(take("b_enc", {d_sae}, weights.b_enc));
    }
    if (config_.architecture == SaeArchitecture::kJumpRelu)
      EXCISE_CHECK(take("threshold", {d_sae}, weights.threshold));
    EXCISE_CHECK(check_factor("scaling_factor"));
    EXCISE_CHECK(check_factor("finetuning_scaling_factor"));
    for (const StoredTensor& tensor : file_.tensors()) {
      if (!taken_.contains(tensor.name)) {
        return bad("tensor " + tensor.name,
                   "none that this architecture does not have", "it");
      }
    }
    return weights;
  }

 private:
  tl::unexpected<Error> bad(const std::string& what, std::string expected,
                            std::string found) const {
    return fail(ErrorCode::kBadFile, {.where = "sae",
                                      .subject = source_ + ": " + what,
                                      .expected = std::move(expected),
                                      .found = std::move(found)});
  }

  static std::string shape_text(const std::vector<size_t>& shape) {
    std::string text = "[";
    for (const size_t extent : shape)
      text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
    return text + "]";
  }

  // What codes are multiplied by after fine-tuning: left aside where it is 1,
  // as in SAELens.
  Status check_factor(const std::string& name) {
    const StoredTensor* stored = file_.find(name);
    if (stored == nullptr) return {};
    taken_.insert(name);
    const Matrix<double> factor = EXCISE_TRY(stored->to_double());
    for (const double value : factor.values()) {
      if (!(std::abs(value - 1) <= 1e-5)) {
        return fail(ErrorCode::kUnsupported,
                    {.where = "sae",
                     .subject = source_ + ": tensor " + name,
                     .expected = "factors that are all 1",
                     .found = std::to_string(value)});
      }
    }
    return {};
  }

  Status take(const std::string& name, const std::vector<size_t>& shape,
              Matrix<float>& out) {
    const StoredTensor* stored = EXCISE_TRY(file_.get(name));
    taken_.insert(name);
    if (stored->shape != shape) {
      return bad("tensor " + name, shape_text(shape),
                 shape_text(stored->shape));
    }
    if (stored->first_non_finite())
      return bad("tensor " + name, "finite numbers", "NaN or infinity");
    out = Matrix<float>::uninitialized(stored->rows(), stored->cols());
    return stored->copy_rows(0, out);
  }

  const TensorFile& file_;
  const SaeConfig& config_;
  std::string source_;
  std::set<std::string> taken_;
};

}  // namespace

std::unique_ptr<const Decomposition> make_sae(SaeConfig config,
                                              SaeWeights weights) {
  return std::make_unique<Sae>(std::move(config), std::move(weights));
}

Result<BasisSet> read_sae(const std::filesystem::path& folder) {
  constexpr size_t kMaxBytes = size_t{1} << 20;
  const auto config_path = folder / "cfg.json";
  const auto weights_path = folder / kSaeWeightsFile;
  SaeConfig config = EXCISE_TRY(parse_sae_config(
      EXCISE_TRY(read_text_file(config_path, kMaxBytes)), config_path));
  if (config.hook.empty()) {
    return fail(ErrorCode::kBadFile,
                {.where = "sae",
                 .subject = config_path.string(),
                 .expected = "hook_name, the hook it was trained at",
                 .found = "none"});
  }
  const TensorFile file = EXCISE_TRY(TensorFile::open(weights_path));
  SaeWeights weights = EXCISE_TRY(file.confirmed(
      WeightsReader(file, config, weights_path.string()).read()));
  BasisSet set;
  set.basis = "sae";
  set.provenance.model = config.model;
  const std::string hook = config.hook;
  set.hooks.emplace_back(hook, make_sae(std::move(config), std::move(weights)));
  return set;
}

}  // namespace excise
