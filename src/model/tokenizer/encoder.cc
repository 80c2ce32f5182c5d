#include "model/tokenizer/encoder.h"

#include <functional>
#include <utility>

namespace excise {

Status Encoder::run(std::string_view text) {
  const PostProcessor& post = parts_.definition.post_processor;
  add_fixed(post.before, 0);
  const size_t front = ids_.size();
  EXCISE_CHECK(encode(text, Place::kText));
  // One that was typed stands for the one that was asked for.
  if (parts_.definition.bos && front == 1 && ids_.size() > 1 &&
      ids_[0] == *parts_.definition.bos && ids_[1] == ids_[0]) {
    ids_.erase(ids_.begin());
    if (places_ != nullptr) places_->erase(places_->begin());
  }
  add_fixed(post.after, text.size());
  return {};
}

Status Encoder::run_within(std::string_view text) {
  return encode(text, Place::kWithin);
}

void Encoder::add(int id, ByteRange place) {
  ids_.push_back(id);
  if (places_ != nullptr) places_->push_back(place);
}

void Encoder::add_fixed(const std::vector<int>& ids, size_t at) {
  const auto place = static_cast<uint32_t>(at);
  for (const int id : ids) add(id, {place, place});
}

ByteRange Encoder::source(size_t begin, size_t end) const {
  if (aligned_ != nullptr) return aligned_->source(begin, end);
  return {static_cast<uint32_t>(offset_ + begin),
          static_cast<uint32_t>(offset_ + end)};
}

Status Encoder::encode(std::string_view text, Place place) {
  const Normalizer& normalizer = parts_.definition.normalizer;
  for (const auto& [begin, end, id] :
       EXCISE_TRY(parts_.searches[0].parts(text))) {
    if (id) {
      add(*id, {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
      continue;
    }
    const std::string_view part = text.substr(begin, end - begin);
    offset_ = begin;
    aligned_ = nullptr;
    if (normalizer.empty()) {
      EXCISE_CHECK(encode_normalized(part, place));
    } else {
      // Kept, since pieces that were seen point into it.
      aligned_ = &texts_.emplace_back(EXCISE_TRY(
          normalizer.apply(AlignedText(part, begin), place == Place::kWithin)));
      EXCISE_CHECK(encode_normalized(aligned_->text(), place));
    }
  }
  return {};
}

Status Encoder::encode_normalized(std::string_view text, Place place) {
  const bool of_bytes = parts_.definition.pre_tokenizer.is_of_bytes();
  for (const auto& [begin, end, id] :
       EXCISE_TRY(parts_.searches[1].parts(text))) {
    if (id) {
      add(*id, source(begin, end));
    } else if (of_bytes) {
      EXCISE_CHECK(encode_bytes(text.substr(begin, end - begin), begin, place));
    } else {
      EXCISE_CHECK(encode_text(text.substr(begin, end - begin), begin, place));
    }
  }
  return {};
}

// Calls make() unless the tokens of the piece are known: a repeated short piece
// is merged only once.
template <typename Make>
Status Encoder::once(std::string_view piece, Make make) {
  if (piece.empty() || piece.size() > kLongest) return make();
  Seen& seen = seen_[std::hash<std::string_view>()(piece) % kSeen];
  if (seen.piece == piece) {
    for (size_t i = 0; i < seen.count; ++i)
      ids_.push_back(ids_[seen.first + i]);
    return {};
  }
  const size_t first = ids_.size();
  EXCISE_CHECK(make());
  seen = {piece, first, ids_.size() - first};
  return {};
}

Status Encoder::encode_bytes(std::string_view text, size_t begin, Place place) {
  Status status;
  std::vector<size_t> ends;
  const auto encode_piece = [&](std::string_view piece, bool prefix) -> Status {
    const auto make = [&] {
      return prefix ? parts_.model.add_bytes(" " + std::string(piece), ids_,
                                             nullptr)
                    : parts_.model.add_bytes(piece, ids_, nullptr);
    };
    if (places_ == nullptr) return prefix ? make() : once(piece, make);
    const size_t blanks = prefix ? 1 : 0;
    ends.clear();
    const std::string prefixed = std::string(blanks, ' ').append(piece);
    EXCISE_CHECK(parts_.model.add_bytes(prefixed, ids_, &ends));
    const size_t start =
        begin + static_cast<size_t>(piece.data() - text.data());
    size_t at = 0;
    for (const size_t end : ends) {
      places_->push_back(source(start + (at > blanks ? at - blanks : 0),
                                start + (end > blanks ? end - blanks : 0)));
      at = end;
    }
    return {};
  };
  EXCISE_CHECK(parts_.definition.pre_tokenizer.split(
      text, place, [&](std::string_view piece, bool prefix) {
        if (status) status = encode_piece(piece, prefix);
      }));
  return status;
}

Status Encoder::encode_text(std::string_view text, size_t begin, Place place) {
  AlignedText part;
  if (aligned_ != nullptr) {
    part.append(*aligned_, begin, begin + text.size());
  } else {
    part = AlignedText(text, offset_ + begin);
  }
  auto cut =
      EXCISE_TRY(parts_.definition.pre_tokenizer.cut(std::move(part), place));
  const AlignedText& kept = texts_.emplace_back(std::move(cut.text));
  std::vector<size_t> ends;
  for (const auto& [first, last] : cut.pieces) {
    const auto piece =
        std::string_view(kept.text()).substr(first, last - first);
    if (places_ == nullptr) {
      EXCISE_CHECK(once(
          piece, [&] { return parts_.model.add_text(piece, ids_, nullptr); }));
      continue;
    }
    ends.clear();
    EXCISE_CHECK(parts_.model.add_text(piece, ids_, &ends));
    size_t at = first;
    for (const size_t end : ends) {
      places_->push_back(kept.source(at, first + end));
      at = first + end;
    }
  }
  return {};
}

}  // namespace excise
