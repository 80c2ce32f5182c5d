#include "report/token_text_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/utf8.h"
#include "report/panel_parts.h"
#include "report/svg_canvas.h"
#include "report/text.h"

namespace excise {
namespace {

// A fixed-width face, so that the width of a token is known.
constexpr double kCell = 7.83;  // points of one character at 13 points
constexpr double kLine = 23;
constexpr size_t kColumns = 92;
constexpr double kMargin = 20, kTop = 46;

struct Placed {
  size_t line, column, width;
  std::string text;
};

std::vector<Placed> lay_out(const ResultFolder& folder) {
  std::vector<Placed> placed;
  size_t line = 0, column = 0;
  for (size_t t = 0; t < folder.n_tokens(); ++t) {
    const std::string& piece = folder.pieces[t];
    std::string text = piece.empty() ? std::to_string(folder.ids[t]) + " "
                                     : visible_text(piece);
    const bool breaks = text.find('\n') != std::string::npos;
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::replace(text.begin(), text.end(), '\t', ' ');
    const size_t width = character_count(text);
    if (column > 0 && column + width > kColumns) {
      ++line;
      column = 0;
    }
    placed.push_back({line, column, width, std::move(text)});
    column += width;
    if (breaks) {
      ++line;
      column = 0;
    }
  }
  return placed;
}

}  // namespace

std::string token_text_svg(const ResultFolder& folder, size_t row) {
  const auto effects = folder.array("delta_logprob")->row(row);
  std::vector<double> sizes;
  for (const double effect : effects) {
    if (std::isfinite(effect)) sizes.push_back(std::abs(effect));
  }
  std::sort(sizes.begin(), sizes.end());
  // As on the page: a few tokens may lie beyond the scale.
  double end = 1;
  if (!sizes.empty()) {
    end = sizes[static_cast<size_t>(0.98 *
                                    static_cast<double>(sizes.size() - 1))];
    if (end <= 0) end = std::max(1e-12, sizes.back());
  }
  const auto placed = lay_out(folder);
  const double lines = static_cast<double>(placed.back().line + 1);
  SvgCanvas canvas(2 * kMargin + kCell * kColumns,
                   kTop + kLine * lines + 2 * kMargin);
  const std::string title =
      fmt::format("Effect of the {} at layer {} on each token",
                  edit_noun(folder), folder.layers[row]);
  canvas.text(kMargin, 26, title, "start", 14);
  for (size_t t = 0; t < placed.size(); ++t) {
    const Placed& at = placed[t];
    const double x = kMargin + kCell * static_cast<double>(at.column);
    const double y = kTop + kLine * static_cast<double>(at.line);
    const double place = 0.5 + 0.5 * effects[t] / end;
    canvas.rectangle(x, y, kCell * static_cast<double>(at.width), kLine - 4,
                     colour_at(light_theme().diverging, place));
    const bool strong = place < 0.1 || place > 0.93;
    canvas.text(x, y + 14, at.text, "start", 13, 0,
                strong ? "#ffffff" : "#101318",
                "'DejaVu Sans Mono', Menlo, Consolas, monospace");
  }
  const double foot = kTop + kLine * lines + 14;
  for (size_t i = 0; i < 60; ++i) {
    canvas.rectangle(
        kMargin + 3 * static_cast<double>(i), foot, 3.2, 9,
        colour_at(light_theme().diverging, static_cast<double>(i) / 59));
  }
  canvas.text(kMargin + 190, foot + 9,
              fmt::format("{} (more likely) to {} nats (less likely)",
                          signed_text(-end), signed_text(end)),
              "start", 11);
  return canvas.document(title);
}

}  // namespace excise
