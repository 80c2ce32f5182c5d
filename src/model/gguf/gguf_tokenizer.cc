#include "model/gguf/gguf_tokenizer.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "io/utf8.h"
#include "model/gguf/gguf_pre_tokenizers.h"

namespace excise {
namespace {

using nlohmann::json;

constexpr const char* kModel = "tokenizer.ggml.model";
constexpr const char* kPre = "tokenizer.ggml.pre";
constexpr const char* kTokens = "tokenizer.ggml.tokens";
constexpr const char* kTypes = "tokenizer.ggml.token_type";
constexpr const char* kScores = "tokenizer.ggml.scores";
constexpr const char* kMerges = "tokenizer.ggml.merges";

// Numbers of tokenizer.ggml.token_type.
constexpr double kUnknown = 2, kControl = 3, kUserDefined = 4;

// llama.cpp's special_eog_ids: tokens that end a turn, a file or a text, by
// their text.
constexpr auto kEnds = std::to_array<std::string_view>(
    {"<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>",
     "<|flush|>", "<|calls|>", "<end_of_turn>", "<|endoftext|>", "</s>",
     "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>",
     "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
     "<｜end▁of▁sentence｜>", "[e~[",
     // the parts of a file that is filled in
     "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]", "<|fim_repo|>",
     "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>"});

class GgufTokenizerReader {
 public:
  explicit GgufTokenizerReader(const GgufMetadata& metadata)
      : metadata_(metadata) {}

  Result<TokenizerDefinition> read(std::string_view model) {
    if (model != "gpt2" && model != "llama") {
      return metadata_.bad(ErrorCode::kUnsupported, kModel, "gpt2 or llama",
                           "give token ids with --ids");
    }
    const bool of_bytes = model == "gpt2";
    auto vocabulary = EXCISE_TRY(read_vocabulary());
    const GgufPreTokenizer cuts =
        of_bytes ? EXCISE_TRY(read_cuts()) : GgufPreTokenizer{{}, false, true};
    const bool prefix =
        !of_bytes &&
        EXCISE_TRY(metadata_.flag("tokenizer.ggml.add_space_prefix"))
            .value_or(true);
    const json steps = of_bytes ? json() : blank_steps(prefix);
    const json decoding = of_bytes ? json() : decoder_steps(prefix);
    const json pre = of_bytes ? cut_steps(cuts) : json();
    auto normalizer = EXCISE_TRY(Normalizer::read(steps, metadata_.path()));
    auto pre_tokenizer = EXCISE_TRY(PreTokenizer::read(pre, metadata_.path()));
    auto decoder =
        EXCISE_TRY(Decoder::read(decoding, of_bytes, metadata_.path()));
    const BpeOptions options = {.ignore_merges = cuts.ignore_merges,
                                .byte_fallback = !of_bytes,
                                .unknown = std::nullopt};
    TokenizerDefinition definition = {
        .file = metadata_.path(),
        .vocabulary = std::move(vocabulary),
        .normalizer = std::move(normalizer),
        .pre_tokenizer = std::move(pre_tokenizer),
        .post_processor = {},
        .decoder = std::move(decoder),
        .model = options,
        .added_by_length = true,
        .steps = steps.dump() + pre.dump() + decoding.dump()};
    EXCISE_CHECK(of_bytes ? read_merges(definition.vocabulary)
                          : read_scores(definition));
    EXCISE_CHECK(read_added_tokens(definition.vocabulary));
    EXCISE_CHECK(read_ends(of_bytes, cuts.adds_bos, definition));
    return definition;
  }

 private:
  Result<std::vector<std::string_view>> tokens() const {
    const auto tokens = EXCISE_TRY(metadata_.texts(kTokens));
    if (tokens && !tokens->empty()) return *tokens;
    return metadata_.bad(ErrorCode::kBadFile, kTokens, "the tokens");
  }

  Result<Vocabulary> read_vocabulary() const {
    std::vector<std::pair<std::string, int64_t>> entries;
    for (const std::string_view token : EXCISE_TRY(tokens())) {
      const auto id = static_cast<int64_t>(entries.size());
      // As llama.cpp calls it.
      entries.emplace_back(token.empty() ? "[EMPTY_" + std::to_string(id) + "]"
                                         : std::string(token),
                           id);
    }
    return Vocabulary::create(std::move(entries), metadata_.path());
  }

  // As many as there are tokens, or more.
  Result<std::optional<std::vector<double>>> of_tokens(const char* key,
                                                       size_t count) const {
    auto values = EXCISE_TRY(metadata_.numbers(key));
    if (values && values->size() < count) {
      return metadata_.bad(
          ErrorCode::kBadFile, key,
          "one for each of " + std::to_string(count) + " tokens");
    }
    return values;
  }

  Result<GgufPreTokenizer> read_cuts() const {
    const std::string name =
        EXCISE_TRY(metadata_.text(kPre)).value_or("default");
    if (const auto cuts = gguf_pre_tokenizer(name)) return *cuts;
    return metadata_.bad(ErrorCode::kUnsupported, kPre,
                         known_gguf_pre_tokenizers(),
                         "give token ids with --ids");
  }

  static json cut_steps(const GgufPreTokenizer& cuts) {
    json steps = json::array();
    for (const std::string_view pattern : cuts.patterns) {
      steps.push_back({{"type", "Split"},
                       {"pattern", {{"Regex", pattern}}},
                       {"behavior", "Isolated"},
                       {"invert", false}});
    }
    steps.push_back({{"type", "ByteLevel"},
                     {"add_prefix_space", false},
                     {"trim_offsets", true},
                     {"use_regex", false}});
    return {{"type", "Sequence"}, {"pretokenizers", steps}};
  }

  // A blank in front of text that begins, or that follows a special token.
  static json blank_steps(bool prefix) {
    json steps = json::array();
    if (prefix) steps.push_back({{"type", "Prepend"}, {"prepend", "▁"}});
    steps.push_back({{"type", "Replace"},
                     {"pattern", {{"String", " "}}},
                     {"content", "▁"}});
    return {{"type", "Sequence"}, {"normalizers", steps}};
  }

  static json decoder_steps(bool prefix) {
    json steps = {
        {{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
        {{"type", "ByteFallback"}},
        {{"type", "Fuse"}}};
    if (prefix) {
      steps.push_back(
          {{"type", "Strip"}, {"content", " "}, {"start", 1U}, {"stop", 0U}});
    }
    return {{"type", "Sequence"}, {"decoders", steps}};
  }

  Status read_merges(Vocabulary& vocabulary) const {
    const auto merges = EXCISE_TRY(metadata_.texts(kMerges));
    if (!merges)
      return metadata_.bad(ErrorCode::kBadFile, kMerges, "the merges");
    // Of two for one pair the first counts, where our tables have the later.
    std::set<std::string_view> seen;
    size_t place = 0;
    for (const std::string_view merge : *merges) {
      ++place;
      if (!seen.insert(merge).second) continue;
      const size_t blank = merge.find(' ', 1);
      if (blank == std::string_view::npos) {
        return metadata_.bad(
            ErrorCode::kBadFile, kMerges,
            "two entries of the vocabulary in merge " + std::to_string(place));
      }
      EXCISE_CHECK(vocabulary.add_merge(merge.substr(0, blank),
                                        merge.substr(blank + 1),
                                        metadata_.path(), place));
    }
    return {};
  }

  // SentencePiece merges the pair whose token has the highest score: every way
  // to make a token of two is a rule, all of a score of one order.
  Status read_scores(TokenizerDefinition& definition) const {
    Vocabulary& vocabulary = definition.vocabulary;
    const size_t count = vocabulary.entries().size();
    const auto scores = EXCISE_TRY(of_tokens(kScores, count))
                            .value_or(std::vector<double>(count, 0.0));
    std::vector<int> by_score(count);
    for (size_t i = 0; i < count; ++i) by_score[i] = static_cast<int>(i);
    const auto score = [&](int id) { return scores[static_cast<size_t>(id)]; };
    if (std::ranges::any_of(scores, [](double x) { return x != x; }))
      return metadata_.bad(ErrorCode::kBadFile, kScores, "numbers");
    std::ranges::stable_sort(by_score, std::greater<>(), score);
    int order = -1;
    std::optional<double> last;
    for (const int id : by_score) {
      if (last != score(id)) ++order;
      last = score(id);
      add_ways(id, order, vocabulary);
    }
    return {};
  }

  static void add_ways(int id, int order, Vocabulary& vocabulary) {
    const std::string_view entry =
        vocabulary.entries()[static_cast<size_t>(id)];
    for (size_t at = 1; at < entry.size(); ++at) {
      if (!starts_character(entry[at])) continue;
      const auto left = vocabulary.find(entry.substr(0, at));
      const auto right = left ? vocabulary.find(entry.substr(at)) : left;
      if (right) vocabulary.add_rule({*left, *right, id}, order);
    }
  }

  Status read_added_tokens(Vocabulary& vocabulary) const {
    const size_t count = vocabulary.entries().size();
    const auto types = EXCISE_TRY(of_tokens(kTypes, count));
    for (size_t id = 0; types && id < count; ++id) {
      const double type = (*types)[id];
      const std::string& entry = vocabulary.entries()[id];
      const bool special = type == kUnknown || type == kControl ||
                           std::ranges::find(kEnds, entry) != kEnds.end();
      if (!special && type != kUserDefined) continue;
      vocabulary.added_tokens.push_back({.id = static_cast<int>(id),
                                         .normalized = false,
                                         .special = special});
    }
    return {};
  }

  // An id that the file names, or llama.cpp's own; none where there is no such
  // token.
  Result<std::optional<int>> named(const char* key, int otherwise,
                                   size_t count) const {
    const auto id = EXCISE_TRY(metadata_.integer(key, UINT32_MAX));
    if (id && *id < count) return static_cast<int>(*id);
    if (otherwise >= 0 && static_cast<size_t>(otherwise) < count)
      return otherwise;
    return std::nullopt;
  }

  Status read_ends(bool of_bytes, bool adds_bos,
                   TokenizerDefinition& definition) const {
    constexpr int kOfBytes = 11;
    const size_t count = definition.vocabulary.entries().size();
    const auto bos = EXCISE_TRY(
        named("tokenizer.ggml.bos_token_id", of_bytes ? kOfBytes : 1, count));
    const auto eos = EXCISE_TRY(
        named("tokenizer.ggml.eos_token_id", of_bytes ? kOfBytes : 2, count));
    if (metadata_.has("tokenizer.ggml.bos_token_id") || !of_bytes)
      definition.bos_token = bos;
    const auto wants = [&](const char* key, bool otherwise) -> Result<bool> {
      return EXCISE_TRY(metadata_.flag(key)).value_or(otherwise);
    };
    const bool front =
        EXCISE_TRY(wants("tokenizer.ggml.add_bos_token", adds_bos));
    const bool behind =
        EXCISE_TRY(wants("tokenizer.ggml.add_eos_token", false));
    if (front && bos) definition.post_processor.before = {*bos};
    if (behind && eos) definition.post_processor.after = {*eos};
    return {};
  }

  const GgufMetadata& metadata_;
};

}  // namespace

Result<std::optional<TokenizerDefinition>> read_gguf_tokenizer(
    const GgufMetadata& metadata) {
  const auto model = EXCISE_TRY(metadata.text(kModel));
  if (!model || *model == "none" || *model == "no_vocab") return std::nullopt;
  Result<TokenizerDefinition> read = GgufTokenizerReader(metadata).read(*model);
  if (!read) return tl::unexpected<Error>(std::move(read).error());
  return std::optional<TokenizerDefinition>(std::move(*read));
}

Result<std::vector<int>> gguf_ends_of_text(const GgufMetadata& metadata) {
  std::set<int> ends;
  const auto tokens = EXCISE_TRY(metadata.texts(kTokens));
  if (!tokens) return std::vector<int>();
  for (const char* key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
        "tokenizer.ggml.eom_token_id"}) {
    const auto id = EXCISE_TRY(metadata.integer(key, UINT32_MAX));
    if (id && *id < tokens->size()) ends.insert(static_cast<int>(*id));
  }
  for (size_t id = 0; id < tokens->size(); ++id) {
    if (std::ranges::find(kEnds, (*tokens)[id]) != kEnds.end())
      ends.insert(static_cast<int>(id));
  }
  return std::vector<int>(ends.begin(), ends.end());
}

}  // namespace excise
