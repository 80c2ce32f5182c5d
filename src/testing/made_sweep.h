// For tests: results of sweeps that are made up.
#ifndef EXCISE_TESTING_MADE_SWEEP_H_
#define EXCISE_TESTING_MADE_SWEEP_H_

#include <cstddef>
#include <string>
#include <vector>

#include "report/report.h"
#include "testing/made_matrix.h"

namespace excise {

// Of layers 0, 1, ...: delta of each, position 0 included.
inline Compared made_sweep(const std::string& name,
                           const std::vector<std::vector<double>>& deltas) {
  Compared made{.name = name, .folder = {}};
  ResultFolder& folder = made.folder;
  folder.results = nlohmann::json::parse(R"({
    "schema": "excise.results/2",
    "headline": {"layers_hurt": [], "layers_helped": []},
    "layers": [],
    "manifest": {"text_fingerprint": "f0", "n_tokens": 0,
                 "model": {"name": "m", "fingerprint": "aa"},
                 "spec": {"basis": "svd", "remove": [0]}}})");
  const size_t tokens = deltas.front().size();
  std::vector<double> values;
  for (size_t row = 0; row < deltas.size(); ++row) {
    folder.layers.push_back(row);
    double sum = 0;
    for (const double d : deltas[row]) sum += d;
    folder.results["layers"].push_back(
        {{"layer", row},
         {"default_n", {{"mean", sum / static_cast<double>(tokens - 1)}}}});
    values.insert(values.end(), deltas[row].begin(), deltas[row].end());
  }
  for (size_t t = 0; t < tokens; ++t) {
    folder.ids.push_back(static_cast<int64_t>(t));
    folder.pieces.push_back("t" + std::to_string(t));
  }
  folder.n_states = deltas.size() + 1;
  folder.results["manifest"]["n_tokens"] = tokens;
  folder.arrays.emplace("delta_logprob", matrix(deltas.size(), tokens, values));
  return made;
}

// The same again; a folder itself can only be moved.
inline Compared copied(const Compared& made) {
  Compared copy{.name = made.name, .folder = {}};
  copy.folder.results = made.folder.results;
  copy.folder.layers = made.folder.layers;
  copy.folder.pieces = made.folder.pieces;
  copy.folder.ids = made.folder.ids;
  copy.folder.n_states = made.folder.n_states;
  for (const auto& [name, array] : made.folder.arrays) {
    const auto values = array.values();
    copy.folder.arrays.emplace(name, matrix(array.rows(), array.cols(),
                                            {values.begin(), values.end()}));
  }
  return copy;
}

inline std::vector<Compared> both(const Compared& first,
                                  const Compared& other) {
  std::vector<Compared> results;
  results.push_back(copied(first));
  results.push_back(copied(other));
  return results;
}

// means: [layers][texts].
inline void add_texts(Compared& made,
                      const std::vector<std::vector<double>>& means) {
  nlohmann::json& results = made.folder.results;
  for (size_t i = 0; i < means.front().size(); ++i)
    results["texts"].push_back({{"n_tokens", 10 + i}});
  for (size_t row = 0; row < means.size(); ++row)
    results["layers"][row]["over_texts"] = {{"means", means[row]}};
}

}  // namespace excise

#endif  // EXCISE_TESTING_MADE_SWEEP_H_
