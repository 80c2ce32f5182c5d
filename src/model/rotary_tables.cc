#include "model/rotary_tables.h"

#include <cmath>

namespace excise {
namespace {

bool is_long_for(const Rotary& rotary, size_t text_tokens) {
  return !rotary.long_inverse_frequencies.empty() &&
         text_tokens > rotary.long_beyond;
}

// Multiplies rows of queries by how much those of their position grow.
void grow(const QueryGrowth& growth, size_t first_position, size_t period,
          MatrixView<float> queries) {
  for (size_t i = 0; i < queries.rows(); ++i) {
    const size_t steps = (first_position + i % period) / growth.length;
    if (steps == 0) continue;
    const double factor =
        1 + growth.beta * std::log1p(static_cast<double>(steps));
    for (float& value : queries.row(i)) value *= static_cast<float>(factor);
  }
}

}  // namespace

RotaryTables::RotaryTables(const ModelConfig& config, size_t n_positions)
    : n_positions_(n_positions) {
  for (const Rotary& rotary : config.architecture.rotaries) {
    tables_.emplace_back(rotary.inverse_frequencies, rotary.magnitude,
                         n_positions);
    long_tables_.emplace_back();
    if (is_long_for(rotary, n_positions)) {
      long_tables_.back() = RotaryTable(rotary.long_inverse_frequencies,
                                        rotary.magnitude, n_positions);
    }
  }
}

void RotaryTables::turn(const ModelConfig& config, size_t layer,
                        MatrixView<float> qkv, size_t first_position,
                        size_t period, size_t text_tokens) const {
  const Architecture& architecture = config.architecture;
  const auto which = architecture.attention[layer].rotary;
  if (!which) return;
  const Rotary& rotary = architecture.rotaries[*which];
  // Keys stand behind the queries, so both are heads side by side.
  const size_t heads = config.n_heads + config.n_kv_heads;
  rotate(
      qkv.col_range(0, heads * config.d_head), config.d_head, rotary.pairs,
      is_long_for(rotary, text_tokens) ? long_tables_[*which] : tables_[*which],
      first_position, period);
  if (architecture.query_growth.beta != 0) {
    grow(architecture.query_growth, first_position, period,
         qkv.col_range(0, config.n_heads * config.d_head));
  }
}

size_t rotary_border(const ModelConfig& config) {
  for (const Rotary& rotary : config.architecture.rotaries) {
    if (!rotary.long_inverse_frequencies.empty()) return rotary.long_beyond;
  }
  return 0;
}

}  // namespace excise
