#include "model/tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <utility>

#include "model/tokenizer/byte_alphabet.h"

namespace excise {

bool PreTokenizer::has_byte_level() const {
  return std::ranges::any_of(steps_, [](const Step& step) {
    return std::holds_alternative<ByteLevel>(step);
  });
}

bool PreTokenizer::is_of_bytes() const {
  return !steps_.empty() && std::holds_alternative<ByteLevel>(steps_.back()) &&
         std::all_of(steps_.begin(), steps_.end() - 1, [](const Step& step) {
           return std::holds_alternative<Splitter>(step);
         });
}

bool PreTokenizer::adds_prefix_space() const {
  return std::ranges::any_of(steps_, [](const Step& step) {
    if (const auto* bytes = std::get_if<ByteLevel>(&step))
      return bytes->add_prefix_space;
    const auto* blanks = std::get_if<Metaspace>(&step);
    return blanks != nullptr && blanks->prepend != Metaspace::Prepend::kNever;
  });
}

Status PreTokenizer::split_bytes(const ByteLevel& step, std::string_view text,
                                 Place place, const PieceCallback& piece) {
  const bool prefix =
      step.add_prefix_space && place == Place::kText && !text.starts_with(' ');
  if (!step.regex) {
    piece(text, prefix);
    return {};
  }
  // A blank in front would join the first piece or stand alone: cut with it.
  std::string prefixed;
  if (prefix) prefixed = " " + std::string(text);
  Regex::Matches matches(*step.regex,
                         prefix ? std::string_view(prefixed) : text);
  const size_t shift = prefix ? 1 : 0;
  size_t end = 0;
  while (const auto match = EXCISE_TRY(matches.next())) {
    // Every character is matched by some alternative, so there are no gaps.
    end = match->end - shift;
    const bool first = match->begin < shift;
    const size_t begin = first ? 0 : match->begin - shift;
    piece(text.substr(begin, end - begin), first);
  }
  return {};
}

Status PreTokenizer::split_from(size_t step, std::string_view text, Place place,
                                const PieceCallback& piece) const {
  if (text.empty()) return {};
  if (const auto* bytes = std::get_if<ByteLevel>(&steps_[step]))
    return split_bytes(*bytes, text, place, piece);
  for (const auto& [begin, end, is_match] :
       EXCISE_TRY(std::get<Splitter>(steps_[step]).segments(text))) {
    EXCISE_CHECK(
        split_from(step + 1, text.substr(begin, end - begin), place, piece));
  }
  return {};
}

Status PreTokenizer::split(std::string_view text, Place place,
                           const PieceCallback& piece) const {
  return split_from(0, text, place, piece);
}

namespace {

// A piece of `from`, as it is, to the end of `out`.
void copy(const CutText& from, ByteRange piece, CutText& out) {
  out.text.append(from.text, piece.begin, piece.end);
}

void add_piece(size_t begin, size_t end, CutText& out) {
  if (begin < end) {
    out.pieces.push_back(
        {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
  }
}

}  // namespace

Status PreTokenizer::cut_piece(const Splitter& step, const CutText& from,
                               ByteRange piece, Place, CutText& out) {
  const size_t start = out.text.text().size();
  copy(from, piece, out);
  const std::string_view text =
      std::string_view(from.text.text())
          .substr(piece.begin, piece.end - piece.begin);
  for (const auto& [begin, end, is_match] : EXCISE_TRY(step.segments(text)))
    add_piece(start + begin, start + end, out);
  return {};
}

Status PreTokenizer::cut_piece(const ByteLevel& step, const CutText& from,
                               ByteRange piece, Place place, CutText& out) {
  const std::string_view text =
      std::string_view(from.text.text())
          .substr(piece.begin, piece.end - piece.begin);
  return split_bytes(
      step, text, place, [&](std::string_view part, bool prefix) {
        const size_t start = out.text.text().size();
        size_t at =
            piece.begin + static_cast<size_t>(part.data() - text.data());
        if (prefix)
          out.text.append(byte_character(' '), from.text.source(at, at));
        for (const char c : part) {
          out.text.append(byte_character(static_cast<uint8_t>(c)),
                          from.text.source(at, at + 1));
          ++at;
        }
        add_piece(start, out.text.text().size(), out);
      });
}

Status PreTokenizer::cut_piece(const Metaspace& step, const CutText& from,
                               ByteRange piece, Place place, CutText& out) {
  using Prepend = Metaspace::Prepend;
  const size_t start = out.text.text().size();
  const std::string_view text =
      std::string_view(from.text.text())
          .substr(piece.begin, piece.end - piece.begin);
  const bool has_prefix =
      text.starts_with(' ') || text.starts_with(step.replacement);
  const bool first = from.text.source(piece.begin, piece.begin + 1).begin == 0;
  if (!has_prefix && place == Place::kText &&
      (step.prepend == Prepend::kAlways ||
       (step.prepend == Prepend::kFirst && first))) {
    out.text.append(step.replacement,
                    from.text.source(piece.begin, piece.begin));
  }
  for (size_t at = piece.begin; at < piece.end; ++at) {
    if (from.text.text()[at] == ' ') {
      out.text.append(step.replacement, from.text.source(at, at + 1));
    } else {
      out.text.append(from.text, at, at + 1);
    }
  }
  const size_t end = out.text.text().size();
  if (!step.splitter) {
    add_piece(start, end, out);
    return {};
  }
  const std::string_view replaced =
      std::string_view(out.text.text()).substr(start);
  for (const auto& part : EXCISE_TRY(step.splitter->segments(replaced)))
    add_piece(start + part.begin, start + part.end, out);
  return {};
}

Result<CutText> PreTokenizer::cut(AlignedText text, Place place) const {
  CutText now;
  add_piece(0, text.text().size(), now);
  now.text = std::move(text);
  for (const Step& step : steps_) {
    CutText next;
    for (const ByteRange piece : now.pieces) {
      EXCISE_CHECK(std::visit(
          [&](const auto& one) {
            return cut_piece(one, now, piece, place, next);
          },
          step));
    }
    now = std::move(next);
  }
  return now;
}

}  // namespace excise
