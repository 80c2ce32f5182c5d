// A corpus by its independent units: each counts once.
#ifndef EXCISE_EXPERIMENT_CORPUS_CORPUS_UNITS_H_
#define EXCISE_EXPERIMENT_CORPUS_CORPUS_UNITS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "experiment/corpus/corpus_data.h"

namespace excise {

// What was measured of a text, or of a unit of several.
struct Measured {
  std::string name;
  std::string group;  // of a unit: that of its first text
  size_t windows = 0;
  double tokens = 0;   // measured
  double logprob = 0;  // clean, nats, summed over them
};

// Sums of a corpus by unit or by text. Memory for what is asked for, not for
// the corpus.
class CorpusSums {
 public:
  enum class By { kText, kUnit };
  // Those that have a measured token, in the order of the list.
  CorpusSums(const CorpusData& data, By by);

  const std::vector<Measured>& entries() const { return entries_; }
  // [entries] the sum divided by the tokens, of one column of SumsLayout.
  std::vector<double> mean_of(size_t column) const;
  // [columns][entries], in one reading.
  std::vector<std::vector<double>> means_of(
      const std::vector<size_t>& columns) const;
  // [columns][entries] the sums themselves.
  std::vector<std::vector<double>> sums_of(
      const std::vector<size_t>& columns) const;
  // Of all windows.
  double largest(size_t column) const;
  // [entries] the mean over tokens of a number that a window has one of.
  std::vector<double> window_mean_of(size_t column) const;

 private:
  template <typename Weight>
  std::vector<std::vector<double>> sums(const std::vector<size_t>& columns,
                                        Weight weight) const;
  std::vector<std::vector<double>> by_tokens(
      std::vector<std::vector<double>> sums) const;
  const CorpusData& data_;
  std::vector<Measured> entries_;
  std::vector<size_t> entry_of_;  // [texts]; SIZE_MAX where none is measured
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_CORPUS_CORPUS_UNITS_H_
