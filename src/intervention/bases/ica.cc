#include "intervention/bases/ica.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/number_text.h"
#include "core/random.h"
#include "intervention/bases/moments.h"
#include "intervention/bases/svd.h"
#include "math/linalg/product.h"
#include "math/linalg/symmetric.h"

namespace excise {
namespace {

constexpr size_t kDefaultComponents = 16;
constexpr int kMostIterations = 1000;
constexpr double kSettled = 1e-14;
constexpr double kGoodEnough = 1e-4;
// Of the further fits that only tell whether sources depend on the seed.
constexpr uint64_t kFurtherFits = 2;
constexpr int kMostRoughIterations = 300;
constexpr double kRoughlySettled = 1e-8;
constexpr double kStable = 0.9;
constexpr uint64_t kFurtherSeeds = 0x9e3779b97f4a7c15;

// W becomes (W W^T)^{-1/2} W, the nearest matrix with orthonormal rows.
Status decorrelate(Matrix<double>& w) {
  const Eigen eigen = EXCISE_TRY(eigen_decompose(row_gram(w)));
  Matrix<double> scaled = eigen.vectors.clone();
  for (size_t k = 0; k < scaled.rows(); ++k) {
    for (double& value : scaled.row(k)) value /= std::sqrt(eigen.values[k]);
  }
  w = product(product_at(eigen.vectors, scaled), w);
  return {};
}

// One step: w_i <- E[z g(w_i z)] - E[g'(w_i z)] w_i, with g = tanh. z: [tokens,
// q], white.
Status step(const Matrix<double>& z, Matrix<double>& w) {
  const auto n = static_cast<double>(z.rows());
  Matrix<double> g = product_bt(z, w);  // [tokens, q]
  std::vector<double> slopes(w.rows());
  for (size_t t = 0; t < g.rows(); ++t) {
    const auto row = g.row(t);
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = std::tanh(row[i]);
      slopes[i] += (1 - row[i] * row[i]) / n;
    }
  }
  Matrix<double> next = product_at(g, z);
  for (size_t i = 0; i < w.rows(); ++i) {
    for (size_t j = 0; j < w.cols(); ++j)
      next(i, j) = next(i, j) / n - slopes[i] * w(i, j);
  }
  w = std::move(next);
  return decorrelate(w);
}

// The largest 1 - |cosine| between rows of two orthonormal matrices.
double turned(const Matrix<double>& before, const Matrix<double>& after) {
  double largest = 0;
  for (size_t i = 0; i < before.rows(); ++i) {
    const auto row = before.row(i);
    const double cosine =
        std::inner_product(row.begin(), row.end(), after.row(i).begin(), 0.0);
    largest = std::max(largest, std::abs(std::abs(cosine) - 1));
  }
  return largest;
}

struct Unmixing {
  Matrix<double> w;   // [q, q]
  double change = 1;  // of the last step, as turned() has it
};

// The rotation of white z that makes its coordinates independent: to the last
// digits, or (roughly) well enough to be compared with.
Result<Unmixing> unmixing(const Matrix<double>& z, Random random,
                          bool roughly = false) {
  const double settled = roughly ? kRoughlySettled : kSettled;
  const int most = roughly ? kMostRoughIterations : kMostIterations;
  Unmixing result{Matrix<double>(z.cols(), z.cols())};
  for (double& value : result.w.values()) value = random.normal();
  EXCISE_CHECK(decorrelate(result.w));
  for (int i = 0; i < most && result.change > settled; ++i) {
    const Matrix<double> before = result.w.clone();
    EXCISE_CHECK(step(z, result.w));
    result.change = turned(before, result.w);
  }
  return result;
}

// The least |r| of a source of w with the source of other fits that is most
// like it, from fits that start elsewhere. z is white, so r of two sources is
// the inner product of their rows.
Result<double> stability(const Matrix<double>& z, const Matrix<double>& w,
                         Random random) {
  double least = 1;
  for (uint64_t fit = 0; fit < kFurtherFits; ++fit) {
    const Random start(random.bits(), fit);
    const auto other = EXCISE_TRY(unmixing(z, start, true));
    const Matrix<double> r = product_bt(w, other.w);
    for (size_t k = 0; k < r.rows(); ++k) {
      double best = 0;
      for (const double value : r.row(k))
        best = std::max(best, std::abs(value));
      least = std::min(least, best);
    }
  }
  return least;
}

// What one should know of the fit; "" of one that settled and is the same
// whatever the seed.
std::string note_of(double change, double least_r) {
  std::string note;
  if (change > kGoodEnough) {
    note =
        "directions still turned after " + std::to_string(kMostIterations) +
        " steps (1 - cosine up to " + short_text(change, 2) +
        "), as where sources are nearly Gaussian; fewer components or a longer "
        "text may help";
  }
  if (least_r < kStable) {
    note += std::string(note.empty() ? "" : "; ") +
            "sources depend on the seed: between fits with " +
            std::to_string(1 + kFurtherFits) +
            " seeds one agrees with its best match to |r| = " +
            short_text(least_r, 2) + " only";
  }
  return note;
}

// (a - mean) F^T of all tokens.
Result<Matrix<double>> codes(const Activations& activations,
                             std::span<const double> mean,
                             const Matrix<double>& filters) {
  Matrix<double> all(activations.n_tokens(), filters.rows());
  EXCISE_CHECK(
      activations.for_each([&](Matrix<double>& rows, size_t first) -> Status {
        for (size_t t = 0; t < rows.rows(); ++t)
          subtract_mean(Mean::kNeuron, mean, rows.row(t));
        const Matrix<double> block = product_bt(rows, filters);
        for (size_t t = 0; t < rows.rows(); ++t)
          std::ranges::copy(block.row(t), all.row(first + t).begin());
        return {};
      }));
  return all;
}

void scale_rows(Matrix<double>& matrix, std::span<const double> factors) {
  for (size_t k = 0; k < matrix.rows(); ++k) {
    for (double& value : matrix.row(k)) value *= factors[k];
  }
}

double norm(std::span<const double> v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

}  // namespace

FittedBasis fit_ica(const FitInput& input) {
  const Activations& activations = input.activations;
  const size_t tokens = activations.n_tokens();
  const size_t most = std::min({kDefaultComponents, activations.n_neurons(),
                                std::max<size_t>(tokens, 2) - 1});
  const size_t components = EXCISE_TRY(components_to_fit(input, "ica", most));
  LinearParts parts =
      EXCISE_TRY(svd_parts(activations, {Mean::kNeuron, Mean::kNeuron},
                           components, input.options.seed));
  // z = (a - mean) V^T sqrt(n) / s is white.
  const double root_n = std::sqrt(static_cast<double>(tokens));
  std::vector<double> spreads, inverses;
  for (const double s : parts.values) {
    spreads.push_back(s / root_n);
    inverses.push_back(root_n / s);
  }
  Matrix<double> whitening = parts.atoms.clone();
  scale_rows(whitening, inverses);
  const Matrix<double> z =
      EXCISE_TRY(codes(activations, parts.mean, whitening));
  const auto [w, change] =
      EXCISE_TRY(unmixing(z, Random(input.options.seed, input.options.stream)));

  scale_rows(parts.atoms, spreads);
  const Matrix<double> mixing = product(w, parts.atoms);
  const Matrix<double> filters = product(w, whitening);
  std::vector<size_t> order(components);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](size_t k) { return norm(mixing.row(k)); });
  parts.basis = "ica";
  Random further(input.options.seed ^ kFurtherSeeds, input.options.stream);
  parts.note = note_of(change, EXCISE_TRY(stability(z, w, further)));
  parts.filters = Matrix<double>(components, mixing.cols());
  parts.values.clear();
  for (size_t k = 0; k < components; ++k) {
    std::ranges::copy(mixing.row(order[k]), parts.atoms.row(k).begin());
    std::ranges::copy(filters.row(order[k]), parts.filters.row(k).begin());
    parts.values.push_back(root_n * norm(mixing.row(order[k])));
  }
  return std::make_unique<LinearBasis>(std::move(parts));
}

}  // namespace excise
