#include "model/rotary_tables.h"

namespace excise {

RotaryTables::RotaryTables(const ModelConfig& config, size_t n_positions)
    : n_positions_(n_positions) {
  for (const Rotary& rotary : config.architecture.rotaries) {
    tables_.emplace_back(rotary.inverse_frequencies, rotary.magnitude,
                         n_positions);
  }
}

void RotaryTables::turn(const ModelConfig& config, size_t layer,
                        MatrixView<float> qkv, size_t first_position,
                        size_t period) const {
  const Architecture& architecture = config.architecture;
  const auto rotary = architecture.attention[layer].rotary;
  if (!rotary) return;
  // Keys stand behind the queries, so both are heads side by side.
  const size_t heads = config.n_heads + config.n_kv_heads;
  rotate(qkv.col_range(0, heads * config.d_head), config.d_head,
         architecture.rotaries[*rotary].pairs, tables_[*rotary], first_position,
         period);
}

}  // namespace excise
