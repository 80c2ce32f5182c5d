#include "cli/corpus_table.h"

#include <fmt/format.h>

#include <optional>

#include "cli/table_cell.h"

namespace excise {
namespace {

std::string line(const LayerSummary& layer, const CorpusLayer& corpus,
                 size_t units) {
  const MeanTest& test = layer.removal.effect.default_n;
  const bool significant = test.q && *test.q < kSignificance;
  const std::string interval =
      corpus.bootstrap ? cell("{:+.4f}", corpus.bootstrap->low) + " to " +
                             cell("{:+.4f}", corpus.bootstrap->high)
                       : "-";
  return fmt::format(
      "{:>5} {:>7} {:>11} {:>9} {:>9} {:>23} {:>9} {:>7}{}\n", layer.layer,
      cell("{:.1f}", layer.share), cell("{:+.4f}", test.mean),
      cell("{:.2f}", test.t), p_cell(test.q), interval,
      fmt::format("{}/{}", corpus.units_hurt, units),
      cell("{:.4f}", layer.removal.kl_mean), significant ? "  *" : "");
}

}  // namespace

std::string corpus_table(const CorpusSummary& corpus,
                         const Terminal& terminal) {
  std::string out =
      bold(fmt::format("{:>5} {:>7} {:>11} {:>9} {:>9} {:>23} {:>9} {:>7}",
                       "layer", "share %", "mean effect", "t", "q",
                       "95 %, units redrawn", "hurt", "KL"),
           terminal) +
      "\n";
  for (size_t i = 0; i < corpus.layers.size(); ++i) {
    out +=
        line(corpus.summary.layers[i], corpus.layers[i], corpus.units.size());
  }
  return out + fmt::format(
                   "Each unit counts once, by its mean effect in nats a "
                   "token; * q < {} over layers.\n",
                   kSignificance);
}

}  // namespace excise
