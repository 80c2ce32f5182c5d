#include "intervention/removal.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/did_you_mean.h"

namespace excise {
namespace {

constexpr std::array<std::pair<std::string_view, Mean>, 3> kMeans = {
    {{"none", Mean::kNone},
     {"neuron", Mean::kNeuron},
     {"token", Mean::kToken}}};

template <typename T>
double mean_of_row(std::span<const T> row) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < row.size(); ++j) sum += static_cast<double>(row[j]);
  return sum / static_cast<double>(row.size());
}

std::vector<double> mean_of(const Matrix<double>& a, Mean mean) {
  switch (mean) {
    case Mean::kNone:
      break;
    case Mean::kNeuron: {
      std::vector<double> means(a.cols());
      for (size_t t = 0; t < a.rows(); ++t) {
        for (size_t j = 0; j < a.cols(); ++j) means[j] += a(t, j);
      }
      for (double& value : means) value /= static_cast<double>(a.rows());
      return means;
    }
    case Mean::kToken: {
      std::vector<double> means(a.rows());
      for (size_t t = 0; t < a.rows(); ++t) {
        means[t] = mean_of_row(a.row(t));
      }
      return means;
    }
  }
  return {};
}

// row += factor * (row t of the matrix that `means` stands for).
void add_mean(Mean mean, std::span<const double> means, size_t t, double factor,
              std::span<double> row) {
  if (mean == Mean::kNeuron) {
    for (size_t j = 0; j < row.size(); ++j) row[j] += factor * means[j];
  } else if (mean == Mean::kToken) {
    for (double& value : row) value += factor * means[t];
  }
}

// The same where the token's own mean is at hand.
void add_mean_of(Mean mean, std::span<const double> neuron_means,
                 double token_mean, double factor, std::span<double> row) {
  add_mean(mean,
           mean == Mean::kToken ? std::span<const double>(&token_mean, 1)
                                : neuron_means,
           0, factor, row);
}

struct Component {
  double singular_value;
  SingularVectors vectors;
};

// The components of the set K.
Result<std::vector<Component>> chosen(const Svd& svd,
                                      std::span<const size_t> components) {
  std::vector<size_t> set(components.begin(), components.end());
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
  const size_t rank = svd.rank();
  if (!set.empty() && set.back() >= rank) {
    return fail(
        ErrorCode::kBadInput,
        {.where = "removal",
         .subject = "component " + std::to_string(set.back()),
         .expected = rank == 0 ? std::string("none: all activations are equal "
                                             "to their mean (rank 0)")
                               : "0 to " + std::to_string(rank - 1) +
                                     " for activations of rank " +
                                     std::to_string(rank),
         .found = std::to_string(set.back()),
         .hint = rank == 0 ? std::string("a single token has none, nor has a "
                                         "layer that gives every token the "
                                         "same; leave it out with --layers")
                           : std::string()});
  }
  std::vector<Component> result;
  result.reserve(set.size());
  for (const size_t k : set)
    result.push_back({svd.singular_values[k], svd.vectors(k)});
  return result;
}

std::string shape_text(size_t rows, size_t cols) {
  return "[" + std::to_string(rows) + ", " + std::to_string(cols) + "]";
}

// Writes A - M + B - sum over K of s_k u_k v_k^T, summed in double.
template <typename T>
Status write_edited(const CentredSvd& decomposition,
                    std::span<const size_t> components, MatrixView<T> edited) {
  const Matrix<double>& centred = decomposition.svd.matrix;
  if (edited.rows() != centred.rows() || edited.cols() != centred.cols()) {
    return fail(ErrorCode::kBadInput,
                {.where = "removal",
                 .subject = "shape of the output",
                 .expected = shape_text(centred.rows(), centred.cols()),
                 .found = shape_text(edited.rows(), edited.cols())});
  }
  const auto removed = EXCISE_TRY(chosen(decomposition.svd, components));
  std::vector<double> row(edited.cols());
  for (size_t t = 0; t < edited.rows(); ++t) {
    std::ranges::copy(centred.row(t), row.begin());
    add_mean(decomposition.op.restore, decomposition.restore, t, 1, row);
    for (const auto& [singular_value, vectors] : removed) {
      const double factor = singular_value * vectors.left[t];
      for (size_t j = 0; j < row.size(); ++j)
        row[j] -= factor * vectors.right[j];
    }
    std::ranges::transform(row, edited.row(t).begin(),
                           [](double value) { return static_cast<T>(value); });
  }
  return {};
}

}  // namespace

std::string_view mean_name(Mean mean) {
  return std::ranges::find(kMeans, mean, [](auto& m) { return m.second; })
      ->first;
}

Result<Mean> parse_mean(std::string_view name) {
  for (const auto& [known, mean] : kMeans) {
    if (known == name) return mean;
  }
  return fail(ErrorCode::kBadInput, {.where = "removal",
                                     .subject = "a mean",
                                     .expected = "none, neuron or token",
                                     .found = std::string(name)});
}

void subtract_mean(Mean mean, std::span<const double> neuron_means,
                   std::span<double> row) {
  add_mean_of(mean, neuron_means, mean_of_row<double>(row), -1, row);
}

void add_mean_difference(RemovalOperator op, std::span<const double> centre,
                         std::span<const double> restore,
                         std::span<const float> a, std::span<double> row) {
  if (op.identity_when_empty()) return;
  const double token_mean = mean_of_row(a);
  add_mean_of(op.restore, restore, token_mean, 1, row);
  add_mean_of(op.centre, centre, token_mean, -1, row);
}

Result<RemovalOperator> removal_preset(std::string_view name) {
  if (name == "published") return RemovalOperator{Mean::kNone, Mean::kToken};
  if (name == "pca") return RemovalOperator{Mean::kNeuron, Mean::kNeuron};
  return fail(ErrorCode::kBadInput,
              {.where = "removal",
               .subject = "preset",
               .expected = "published or pca",
               .found = std::string(name),
               .hint = did_you_mean(name, {"published", "pca"}, 1)});
}

Result<CentredSvd> decompose(MatrixView<const float> a, RemovalOperator op) {
  return decompose(converted<double>(a), op);
}

Result<CentredSvd> decompose(Matrix<double> a, RemovalOperator op) {
  CentredSvd result;
  result.op = op;
  result.centre = mean_of(a, op.centre);
  result.restore = mean_of(a, op.restore);
  for (size_t t = 0; t < a.rows(); ++t)
    add_mean(op.centre, result.centre, t, -1, a.row(t));
  result.svd = EXCISE_TRY(thin_svd(std::move(a)));
  return result;
}

Status remove_components(const CentredSvd& decomposition,
                         std::span<const size_t> components,
                         MatrixView<float> edited) {
  return write_edited(decomposition, components, edited);
}

Status remove_components(const CentredSvd& decomposition,
                         std::span<const size_t> components,
                         MatrixView<double> edited) {
  return write_edited(decomposition, components, edited);
}

Result<NamedRemoval> choose_removal(std::string_view preset,
                                    const std::optional<std::string>& centre,
                                    const std::optional<std::string>& restore) {
  RemovalOperator removal;
  if (preset == "custom") {
    if (!centre || !restore) {
      return fail(ErrorCode::kBadInput,
                  {.where = "spec",
                   .subject = "preset custom",
                   .expected = "both centre and restore",
                   .found = centre || restore ? "one of them" : "neither"});
    }
  } else {
    removal = EXCISE_TRY(removal_preset(preset));
  }
  if (centre) removal.centre = EXCISE_TRY(parse_mean(*centre));
  if (restore) removal.restore = EXCISE_TRY(parse_mean(*restore));
  NamedRemoval chosen{removal, "custom"};
  for (const char* name : {"published", "pca"}) {
    const RemovalOperator known = EXCISE_TRY(removal_preset(name));
    if (known.centre == removal.centre && known.restore == removal.restore) {
      chosen.name = name;
    }
  }
  return chosen;
}

}  // namespace excise
