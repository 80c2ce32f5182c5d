#include "intervention/bases/first_pc.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "intervention/bases/moments.h"
#include "intervention/linear_basis.h"
#include "math/linalg/svd.h"

namespace excise {
namespace {

constexpr std::string_view kName = "first-pc";

tl::unexpected<Error> bad_pairs(std::string expected, std::string found) {
  return fail(ErrorCode::kBadInput,
              {.where = "fit",
               .subject = "the " + std::string(kName) + " basis",
               .expected = std::move(expected),
               .found = std::move(found)});
}

// Pair of each token, -1 for those in no class.
Result<std::vector<int>> pairs_of(const FitInput& input,
                                  std::span<const size_t> sizes) {
  std::vector<int> pairs(input.classes.size(), -1);
  if (input.pairs.empty() && sizes[0] != sizes[1]) {
    return bad_pairs(
        "as many tokens in both classes, whose i-th are a pair",
        std::to_string(sizes[0]) + " and " + std::to_string(sizes[1]));
  }
  std::array<int, 2> next{};
  for (size_t t = 0; t < pairs.size(); ++t) {
    const int c = input.classes[t];
    if (c < 0) continue;
    pairs[t] =
        input.pairs.empty() ? next[static_cast<size_t>(c)]++ : input.pairs[t];
  }
  return pairs;
}

// Tokens of each pair in class 0 and 1.
std::vector<std::array<size_t, 2>> pair_sizes(std::span<const int> pairs,
                                              std::span<const int> classes) {
  std::vector<std::array<size_t, 2>> sizes(
      static_cast<size_t>(*std::ranges::max_element(pairs) + 1));
  for (size_t t = 0; t < pairs.size(); ++t) {
    if (pairs[t] < 0) continue;
    ++sizes[static_cast<size_t>(pairs[t])][static_cast<size_t>(classes[t])];
  }
  return sizes;
}

// [pairs, neurons] 0 where a pair lacks one of the classes.
Result<Matrix<double>> differences(
    const FitInput& input, std::span<const int> pairs,
    std::span<const std::array<size_t, 2>> sizes) {
  Matrix<double> sum(sizes.size(), input.activations.n_neurons());
  EXCISE_CHECK(input.activations.for_each(
      [&](Matrix<double>& rows, size_t first) -> Status {
        for (size_t t = 0; t < rows.rows(); ++t) {
          if (pairs[first + t] < 0) continue;
          const auto pair = static_cast<size_t>(pairs[first + t]);
          const auto c = static_cast<size_t>(input.classes[first + t]);
          if (sizes[pair][1 - c] == 0) continue;
          const double weight =
              (c == 0 ? 1.0 : -1.0) / static_cast<double>(sizes[pair][c]);
          for (size_t j = 0; j < rows.cols(); ++j) {
            sum(pair, j) += weight * rows(t, j);
          }
        }
        return {};
      }));
  return sum;
}

}  // namespace

FittedBasis fit_first_pc(const FitInput& input) {
  const auto sizes = EXCISE_TRY(class_sizes(input, kName, true));
  const auto pairs = EXCISE_TRY(pairs_of(input, sizes));
  const auto in_pair = pair_sizes(pairs, input.classes);
  const auto whole = std::ranges::count_if(
      in_pair, [](const auto& size) { return size[0] > 0 && size[1] > 0; });
  if (whole < 2) {
    return bad_pairs("at least 2 pairs with tokens of both classes",
                     std::to_string(whole));
  }
  const Svd svd =
      EXCISE_TRY(thin_svd(EXCISE_TRY(differences(input, pairs, in_pair))));
  if (svd.rank() == 0) return equal_classes(kName);
  const Matrix<double> means = EXCISE_TRY(class_means(input, sizes));
  LinearParts parts;
  parts.basis = kName;
  parts.op = {Mean::kNeuron, Mean::kNeuron};
  parts.mean = overall_mean(means, sizes);
  parts.atoms = Matrix<double>(1, means.cols());
  std::ranges::copy(svd.vectors(0).right, parts.atoms.row(0).begin());
  parts.values = {svd.singular_values[0]};
  parts.class_codes = codes_of_means(means, parts.mean, parts.atoms);
  return std::make_unique<LinearBasis>(std::move(parts));
}

}  // namespace excise
