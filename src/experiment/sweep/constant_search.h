// The constant that a component's codes are set to at least cost: which values
// are tried, one round after the other (docs/method.md, section 6).
#ifndef EXCISE_EXPERIMENT_SWEEP_CONSTANT_SEARCH_H_
#define EXCISE_EXPERIMENT_SWEEP_CONSTANT_SEARCH_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace excise {

inline constexpr size_t kFirstConstants = 8;
// Once an edge has won: so many beyond it.
inline constexpr size_t kWiderConstants = 4;
// Between the best and each of its neighbours.
inline constexpr size_t kFinerConstants = 3;
// How often an edge is left behind, and rounds behind the first in all.
inline constexpr size_t kMostWidenings = 2;
inline constexpr size_t kConstantRounds = kMostWidenings + 1;

// Where the codes of a component mostly lie: their 1st and 99th percentile.
struct CodeRange {
  double low = 0, high = 0;
};
// codes: at least one, in any order.
CodeRange code_range(std::span<const double> codes);

// kFirstConstants values from low to high, even; of a range of one value all
// that one.
std::vector<double> first_constants(const CodeRange& range);

// A value that was tried, and what it costs.
struct ConstantTry {
  double value = 0;
  double cost = 0;
};

// A search along one component. It knows the tries only, not what they are of.
class ConstantSearch {
 public:
  explicit ConstantSearch(const CodeRange& range) : range_(range) {}

  // A cost that is not a number is never the least.
  void add(ConstantTry one);
  // What is to be tried next, ascending, after the first values were: beyond
  // the edge that has won, at most kMostWidenings times, else once between the
  // best and its neighbours. Empty when nothing is left to try.
  std::vector<double> next();

  // In ascending order of their values.
  const std::vector<ConstantTry>& tries() const { return tries_; }
  // Index of the least cost, of equals the first; nothing where there is none.
  std::optional<size_t> best() const;
  // Whether the best is the least or largest value that was tried: what lies
  // beyond may cost less.
  bool at_edge() const;

 private:
  CodeRange range_;
  std::vector<ConstantTry> tries_;
  size_t widenings_ = 0;
  bool refined_ = false;
};

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_SWEEP_CONSTANT_SEARCH_H_
