#include "cli/generation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace excise {
namespace {

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), starts_character));
}

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
  while (characters(text) > width) {
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
  const size_t shown = characters(text);
  return std::string(text) + std::string(width - std::min(width, shown), ' ');
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

std::string side_by_side(std::string_view left_title, std::string_view left,
                         std::string_view right_title, std::string_view right,
                         const Terminal& terminal) {
  constexpr std::string_view kGap = "   ";
  const size_t width = (terminal.width - kGap.size()) / 2;
  const auto lefts = lines_of(left, width);
  const auto rights = lines_of(right, width);
  std::string out = bold(padded(left_title, width), terminal) +
                    std::string(kGap) + bold(right_title, terminal) + "\n";
  for (size_t i = 0; i < std::max(lefts.size(), rights.size()); ++i) {
    std::string line = padded(i < lefts.size() ? lefts[i] : "", width) +
                       std::string(kGap) + (i < rights.size() ? rights[i] : "");
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
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
    return fmt::format("The same in all {} tokens.", common);
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
