#include "cli/lesion_table.h"

#include <fmt/format.h>

#include "cli/table_cell.h"
#include "experiment/lesion/lesion_summary.h"
#include "io/utf8.h"

namespace excise {
namespace {

// A word cut to what its columns take; whole characters only.
std::string short_word(const std::string& word) {
  constexpr size_t kLongest = 12;
  if (word.size() <= kLongest) return word;
  return word.substr(0, character_start(word, kLongest - 2)) + "..";
}

// The loss, its q over tests and where random groups stand.
std::string group_cells(const GroupLesion& group) {
  if (group.zeroed == 0)
    return fmt::format("{:>11} {:>8} {:>8}", "-", "-", "-");
  return fmt::format(
      "{:>11} {:>8} {:>8}", cell("{:+.3f}", group.selective_loss.mean),
      p_cell(group.selective_loss.q), p_cell(group.random_p_one_sided));
}

bool stands_out(const GroupLesion& group) {
  return group.random_p_one_sided.value_or(1) < kSignificance;
}

}  // namespace

std::string lesion_table(const LesionResult& result, const Terminal& terminal) {
  const std::string first = short_word(result.spec.pairs.first_word);
  const std::string second = short_word(result.spec.pairs.second_word);
  std::string out =
      bold(fmt::format("{:>5} {:>8} {:>8} {:>9} {:^31} {:^31}", "layer",
                       "neurons", "neurons", "|change|",
                       "zeroed: those for " + first,
                       "zeroed: those for " + second),
           terminal) +
      "\n" +
      fmt::format(
          "{:>5} {:>8} {:>8} {:>9} {:>11} {:>8} {:>8}  {:>11} {:>8} {:>8}\n",
          "", beginning(first, 8), beginning(second, 8), "logits", "own loss",
          "q", "random p", "own loss", "q", "random p");
  for (const LayerLesion& layer : result.lesions) {
    const bool both = stands_out(layer.first) && stands_out(layer.second);
    const std::string line = fmt::format(
        "{:>5} {:>8} {:>8} {:>9.3f} {}{} {}{}", layer.groups.layer,
        layer.groups.first.size(), layer.groups.second.size(),
        mean_abs_delta_logit(layer), group_cells(layer.first),
        stands_out(layer.first) ? "*" : " ", group_cells(layer.second),
        stands_out(layer.second) ? "*" : "");
    out += (both ? bold(line, terminal) : line) + "\n";
  }
  std::string legend = fmt::format(
      "neurons: with q <= {:g} within the layer, by the word they are larger "
      "for. |change|: mean change of both logits. own loss: what the word of "
      "the zeroed neurons loses beyond the other, in logits; q: of a two-sided "
      "t "
      "over places, Benjamini-Hochberg over layers.",
      result.spec.q);
  if (result.spec.random > 0) {
    legend += fmt::format(
        " random p: one-sided, against {} random groups of this size; * below "
        "{}, not corrected over layers.",
        result.spec.random, kSignificance);
  }
  return out + wrapped(legend, terminal.width);
}

}  // namespace excise
