#include "experiment/corpus/corpus_list.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "core/random.h"
#include "experiment/sweep/text_batch.h"
#include "io/fingerprint.h"

namespace excise {
namespace {

constexpr size_t kUsualWindow = 256;
// Of the seed.
constexpr uint64_t kSampleStream = uint64_t{6} << 31;
constexpr uint64_t kWindowStream = uint64_t{7} << 31;

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

// So many texts of a stream of unknown length, each with the same probability
// (Vitter 1985, algorithm R), in the order of the stream.
class Sample {
 public:
  Sample(size_t size, uint64_t seed)
      : size_(size), random_(seed, kSampleStream) {}

  void add(CorpusText text) {
    const size_t number = seen_++;
    if (size_ == 0 || kept_.size() < size_) {
      kept_.emplace_back(number, std::move(text));
      return;
    }
    const size_t place = random_.below(seen_);
    if (place < size_) kept_[place] = {number, std::move(text)};
  }

  std::vector<std::pair<size_t, CorpusText>>& in_order() {
    std::ranges::sort(kept_, {}, [](const auto& text) { return text.first; });
    return kept_;
  }

 private:
  size_t size_;
  size_t seen_ = 0;
  Random random_;
  std::vector<std::pair<size_t, CorpusText>> kept_;
};

std::string content_of(std::string_view text) {
  ContentFingerprint fingerprint;
  fingerprint.add(text);
  return fingerprint.hex();
}

// Adds texts to a list.
class Lister {
 public:
  Lister(const Model& model, const CorpusSpec& spec, CorpusList& list)
      : tokenizer_(*model.tokenizer), spec_(spec), list_(list) {}

  Status add(size_t number, CorpusText text) {
    if (!names_.insert(text.name).second)
      return skip({text.name, "given twice"});
    if (!contents_.insert(content_of(text.text)).second) ++list_.repeated;
    auto ids = tokenizer_.encode(text.text);
    if (!ids) return skip({text.name, ids.error().message});
    std::span<const int> body = *ids;
    const auto& front = tokenizer_.front();
    const auto& behind = tokenizer_.behind();
    const bool has_front = body.size() >= front.size() &&
                           std::ranges::equal(body.first(front.size()), front);
    if (has_front) body = body.subspan(front.size());
    if (has_front && body.size() >= behind.size() &&
        std::ranges::equal(body.last(behind.size()), behind)) {
      body = body.first(body.size() - behind.size());
    }
    if (front.size() + body.size() < 2)
      return skip({text.name, "fewer than 2 tokens"});
    list_.texts.push_back(
        {text.name, spec_.unit.empty() ? text.name : text.unit, text.group, 0});
    cut(number, body);
    return {};
  }

  Status skip(SkippedText text) {
    if (spec_.strict) {
      return refuse(text.name, "a text that can be measured", text.reason,
                    "without --strict it is left out, and listed");
    }
    list_.skipped.push_back(std::move(text));
    return {};
  }

 private:
  void cut(size_t number, std::span<const int> body) {
    const auto& front = tokenizer_.front();
    const size_t room = list_.window - front.size();
    const size_t context = spec_.overlap;
    const size_t step = room - context;
    const size_t count =
        body.size() <= room ? 1 : (body.size() - context + step - 1) / step;
    // The first window has no context, and so as many tokens more.
    const size_t measured = count == 1 ? body.size() : body.size() - context;
    for (const size_t i : chosen(number, count)) {
      const size_t begin = i * measured / count;
      const size_t end =
          (i + 1) * measured / count + (count == 1 ? 0 : context);
      const size_t known = i == 0 ? 0 : context;
      list_.windows.push_back({list_.texts.size() - 1, list_.ids.size(),
                               front.size() + end - begin,
                               known == 0 ? 0 : front.size() + known});
      list_.ids.insert(list_.ids.end(), front.begin(), front.end());
      list_.ids.insert(list_.ids.end(), body.begin() + begin,
                       body.begin() + end);
      list_.texts.back().tokens += end - begin - known;
    }
  }

  // Which of a text's windows are measured, ascending.
  std::vector<size_t> chosen(size_t number, size_t count) const {
    std::vector<size_t> all(count);
    std::iota(all.begin(), all.end(), size_t{0});
    if (spec_.windows_per_text == 0 || count <= spec_.windows_per_text)
      return all;
    Random random(spec_.seed, kWindowStream + number);
    random.shuffle(all);
    all.resize(spec_.windows_per_text);
    std::ranges::sort(all);
    return all;
  }

  const Tokenizer& tokenizer_;
  const CorpusSpec& spec_;
  CorpusList& list_;
  std::set<std::string> names_;
  std::set<std::string> contents_;
};

// Progress of many small steps: told for each thousandth.
class RarelyTold {
 public:
  RarelyTold(const Progress& progress, std::string_view stage)
      : progress_(progress), stage_(stage) {}

  void operator()(size_t done, size_t total) {
    if (done < next_ || total == 0) return;
    constexpr size_t kParts = 1000;
    next_ = done + total / kParts + 1;
    progress_.advance(stage_, std::min(done, total), total);
  }

 private:
  const Progress& progress_;
  std::string_view stage_;
  size_t next_ = 0;
};

void cut_batches(CorpusList& list) {
  size_t tokens = 0;
  for (size_t i = 0; i < list.windows.size(); ++i) {
    tokens += list.windows[i].tokens;
    if (i > 0 && tokens <= kBatchTokens) continue;
    list.batches.push_back(i);
    tokens = list.windows[i].tokens;
  }
  list.batches.push_back(list.windows.size());
}

Result<size_t> window_of(const Model& model, const CorpusSpec& spec) {
  const size_t context = model.config.n_ctx;
  if (spec.window > context) {
    return refuse("window",
                  "at most " + std::to_string(context) +
                      " tokens, the context of this model",
                  std::to_string(spec.window));
  }
  const size_t window =
      spec.window == 0 ? std::min(kUsualWindow, context) : spec.window;
  const size_t front = model.tokenizer->front().size();
  if (front + spec.overlap + 1 < window) return window;
  return refuse("window",
                "more than " + std::to_string(front + spec.overlap + 1) +
                    " tokens: those in front, the overlap and one to predict",
                std::to_string(window));
}

}  // namespace

size_t CorpusList::tokens() const {
  size_t sum = 0;
  for (const Window& one : windows) sum += one.tokens;
  return sum;
}

std::string CorpusList::fingerprint() const {
  ContentFingerprint fingerprint;
  for (const ListedText& text : texts) {
    for (const std::string* part : {&text.name, &text.unit, &text.group})
      fingerprint.add(*part);
  }
  for (const Window& one : windows) {
    for (const size_t number : {one.text, one.tokens, one.context})
      fingerprint.add(std::to_string(number));
  }
  fingerprint.add(std::as_bytes(std::span(ids)));
  for (const SkippedText& text : skipped) fingerprint.add(text.name);
  return fingerprint.hex();
}

Result<CorpusList> list_corpus(const Model& model, const CorpusSpec& spec,
                               const Progress& progress) {
  if (!model.tokenizer) {
    return refuse("texts", "a model with a tokenizer", "one without",
                  "save its tokenizer into the folder too");
  }
  CorpusList list;
  list.window = EXCISE_TRY(window_of(model, spec));
  Lister lister(model, spec, list);
  Sample sample(spec.sample, spec.seed);
  size_t read = 0;
  const auto take = [&](CorpusText text) -> Status {
    const size_t number = read++;
    EXCISE_CHECK(progress.check_cancelled());
    if (spec.sample == 0) return lister.add(number, std::move(text));
    sample.add(std::move(text));
    return {};
  };
  EXCISE_CHECK(read_corpus(
      spec, take,
      [&](SkippedText text) { return lister.skip(std::move(text)); },
      RarelyTold(progress, "reading")));
  RarelyTold tokenized(progress, "tokens");
  size_t done = 0;
  for (auto& [number, text] : sample.in_order()) {
    EXCISE_CHECK(progress.check_cancelled());
    tokenized(done++, sample.in_order().size());
    EXCISE_CHECK(lister.add(number, std::move(text)));
  }
  if (list.windows.empty()) {
    return refuse("texts", "a text of 2 tokens or more",
                  list.skipped.empty()
                      ? "none"
                      : std::to_string(list.skipped.size()) + " left out",
                  list.skipped.empty() ? ""
                                       : list.skipped.front().name + ": " +
                                             list.skipped.front().reason);
  }
  cut_batches(list);
  return list;
}

}  // namespace excise
