#include "cli/anatomy_table.h"

#include <fmt/format.h>

#include "experiment/common/words.h"
#include "experiment/sweep/results_json.h"
#include "io/utf8.h"

namespace excise {
namespace {

// Control characters as \x07, so that none reaches the terminal.
std::string printable(const std::string& piece) {
  std::string out;
  for (const char c : piece) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? fmt::format("\\x{:02X}", byte)
                                       : std::string(1, c);
  }
  return out;
}

// As many of the tokens as fit; without a tokenizer their ids.
std::string tokens(const Model& model, const std::vector<ReadoutToken>& read) {
  constexpr size_t kWidth = 36;
  std::string text;
  size_t columns = 0;
  for (const ReadoutToken& token : read) {
    const std::string piece = model.tokenizer
                                  ? printable(token_piece(model, token.token))
                                  : std::to_string(token.token);
    // Characters, not bytes.
    const size_t width = 2 + character_count(piece);
    if (columns + width > kWidth) break;
    columns += width;
    text += (text.empty() ? "" : ", ") + piece;
  }
  return text;
}

std::string line(const Model& model, size_t layer,
                 const ComponentAnatomy& anatomy) {
  return fmt::format("{:>5} {:>9} {:>8.1f} {:>9.0f} {:>7} {:>7.1f} {:>9}  {}\n",
                     layer, anatomy.component, 100 * anatomy.sink_share,
                     anatomy.v_participation, anatomy.v_max_neuron,
                     100 * anatomy.v_max_sq,
                     anatomy.dormant_share
                         ? fmt::format("{:.1f}", 100 * *anatomy.dormant_share)
                         : "-",
                     tokens(model, anatomy.readout_high));
}

}  // namespace

std::string anatomy_table(const Model& model, const SweepResult& result,
                          const Terminal& terminal) {
  std::string out =
      bold(fmt::format("{:>5} {:>9} {:>8} {:>9} {:>7} {:>7} {:>9}  {}", "layer",
                       "component", "sink", "neurons", "top", "its", "dormant",
                       "speaks for"),
           terminal) +
      fmt::format("\n{:>5} {:>9} {:>8} {:>9} {:>7} {:>7} {:>9}\n", "", "", "%",
                  "in it", "neuron", "%", "%");
  for (const LayerFindings& layer : result.findings) {
    for (const ComponentAnatomy& anatomy : layer.anatomy)
      out += line(model, layer.layer, anatomy);
  }
  return out +
         "sink: share on the first token. dormant: share of the change that "
         "the "
         "MLP's output cannot see.\nspeaks for: tokens whose unembedding "
         "agrees "
         "most with what the direction writes.\n\n";
}

}  // namespace excise
