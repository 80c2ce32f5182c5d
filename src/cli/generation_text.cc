#include "cli/generation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "core/number_text.h"
#include "edit/generation_json.h"
#include "io/utf8.h"

namespace excise {
namespace {

// Bytes of the first `count` characters.
size_t bytes_of(std::string_view text, size_t count) {
  size_t at = 0;
  while (at < text.size()) {
    if (starts_character(text[at]) && count-- == 0) break;
    ++at;
  }
  return at;
}

void wrap_paragraph(std::string_view text, size_t width,
                    std::vector<std::string>& lines) {
  while (character_count(text) > width) {
    const size_t most = bytes_of(text, width);
    size_t end = text.rfind(' ', most);
    const bool cut = end == std::string_view::npos || end == 0;
    if (cut) end = most;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(cut ? end : end + 1);
  }
  lines.emplace_back(text);
}

std::string padded(std::string_view text, size_t width) {
  const size_t shown = character_count(text);
  return std::string(text) + std::string(width - std::min(width, shown), ' ');
}

// A token's text on one line, in quotes by the caller.
std::string shown_piece(const Model& model, const Continuation& continuation,
                        size_t index) {
  if (index >= continuation.ids.size()) return "";
  const int id = continuation.ids[index];
  if (!model.tokenizer) return std::to_string(id);
  std::string piece = without_controls(model.tokenizer->piece(id));
  for (size_t at = piece.find('\n'); at != std::string::npos;
       at = piece.find('\n')) {
    piece.replace(at, 1, "\\n");
  }
  return piece;
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const size_t end = text.find('\n');
    wrap_paragraph(text.substr(0, end), width, lines);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string side_by_side(std::span<const TextColumn> columns,
                         const Terminal& terminal) {
  constexpr std::string_view kGap = "   ";
  const size_t width =
      (terminal.width - kGap.size() * (columns.size() - 1)) / columns.size();
  std::string out;
  std::vector<std::vector<std::string>> lines;
  size_t most = 0;
  for (const auto& [title, text] : columns) {
    if (!lines.empty()) out += kGap;
    const bool last = lines.size() + 1 == columns.size();
    out += bold(last ? title : padded(title, width), terminal);
    lines.push_back(lines_of(text, width));
    most = std::max(most, lines.back().size());
  }
  out += "\n";
  for (size_t i = 0; i < most; ++i) {
    std::string line;
    for (size_t c = 0; c < lines.size(); ++c) {
      if (c > 0) line += kGap;
      line += padded(i < lines[c].size() ? lines[c][i] : "", width);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string shown_text(const Model& model, std::span<const int> ids) {
  if (!model.tokenizer) return fmt::format("{}", fmt::join(ids, ","));
  return without_controls(text_of(model, ids).value_or(""));
}

std::string compared_text(const Model& model, const Continuation& clean,
                          const Continuation& edited,
                          const Terminal& terminal) {
  const auto column = [&](std::string_view name, const Continuation& one) {
    return TextColumn{fmt::format("{} (mean log p {})", name,
                                  fixed_text(mean_logprob(one), 3)),
                      shown_text(model, one.ids)};
  };
  const size_t common = common_tokens(clean, edited);
  return fmt::format(
      "{}\n{}\n",
      side_by_side(std::array{column("clean", clean), column("edited", edited)},
                   terminal),
      wrapped(where_they_part(clean, edited, shown_piece(model, clean, common),
                              shown_piece(model, edited, common)),
              terminal.width));
}

std::string edit_text(std::span<const Edit> edits) {
  std::string text;
  for (const Edit& edit : edits) {
    const EditSpec& spec = edit.spec();
    text +=
        fmt::format("{}{} {} at {}", text.empty() ? "" : "; ",
                    spec.action == EditAction::kRemove ? "removed" : "added",
                    edit.places().front().basis, spec.hook);
    if (spec.strength != 1) text += fmt::format(" x {:g}", spec.strength);
    if (!spec.positions.all()) {
      text += fmt::format(", positions {}", spec.positions.text());
    }
  }
  return text;
}

size_t common_tokens(const Continuation& clean, const Continuation& edited) {
  const auto [at, other] = std::mismatch(clean.ids.begin(), clean.ids.end(),
                                         edited.ids.begin(), edited.ids.end());
  return static_cast<size_t>(at - clean.ids.begin());
}

std::string where_they_part(const Continuation& clean,
                            const Continuation& edited,
                            std::string_view clean_piece,
                            std::string_view edited_piece) {
  const size_t common = common_tokens(clean, edited);
  if (common == clean.ids.size() && common == edited.ids.size()) {
    return common == 1 ? "The same in its 1 token."
                       : fmt::format("The same in all {} tokens.", common);
  }
  const auto next = [&](const Continuation& one, std::string_view piece) {
    return common < one.ids.size() ? fmt::format("\"{}\"", piece)
                                   : std::string("nothing more");
  };
  const std::string then =
      fmt::format("clean goes on with {}, edited with {}.",
                  next(clean, clean_piece), next(edited, edited_piece));
  if (common == 0) return "They part at the first token: " + then;
  return fmt::format("The same for {} token{}; then {}", common,
                     common == 1 ? "" : "s", then);
}

double mean_logprob(const Continuation& continuation) {
  return std::accumulate(continuation.logprobs.begin(),
                         continuation.logprobs.end(), 0.0) /
         static_cast<double>(continuation.logprobs.size());
}

std::string_view stop_text(StopReason reason) {
  switch (reason) {
    case StopReason::kMaxTokens:
      return "stopped after --max-tokens";
    case StopReason::kEndOfText:
      return "the model ended the text";
    case StopReason::kContext:
      return "stopped at the end of the context (--past-context slide goes on)";
  }
  return "";
}

}  // namespace excise
