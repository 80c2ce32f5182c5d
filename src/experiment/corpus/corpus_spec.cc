#include "experiment/corpus/corpus_spec.h"

#include <algorithm>
#include <array>
#include <utility>

#include "experiment/sweep/spec_fields.h"

namespace excise {
namespace {

tl::unexpected<Error> refuse(std::string subject, std::string expected,
                             std::string found, std::string hint = {}) {
  return fail(ErrorCode::kBadInput, {.where = "corpus",
                                     .subject = std::move(subject),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .hint = std::move(hint)});
}

// Of a sweep, what says which text is read, or describes one.
constexpr std::array<std::string_view, 6> kOfOneText = {
    "text", "ids", "detail_layer", "evidence", "swap", "dormant_share"};

// What is read, and how it is counted.
Fields reading_fields(CorpusSpec& spec) {
  return {
      {.key = "texts",
       .value = &spec.texts,
       .help = "files and folders of texts: .txt a text each, .jsonl a text a "
               "line, .csv and .tsv a text a row; - is standard input"},
      {.key = "field",
       .value = &spec.field,
       .help = "which field of JSON lines and tables is the text",
       .option = FieldOption{"NAME"}},
      {.key = "unit",
       .value = &spec.unit,
       .help = "field whose values are the independent units, such as a book "
               "or an author; folder: that of the file (default: each text)",
       .option = FieldOption{"NAME"}},
      {.key = "group",
       .value = &spec.group,
       .help = "field whose values are also measured apart; folder: that of "
               "the file",
       .option = FieldOption{"NAME"}},
      {.key = "window",
       .value = &spec.window,
       .help = "longer texts are cut into windows of at most so many tokens, "
               "of equal length (0: 256, or the context of the model)",
       .option = FieldOption{"TOKENS"}},
      {.key = "overlap",
       .value = &spec.overlap,
       .help = "tokens of the window before that a window begins with: they "
               "are context, and not counted again",
       .option = FieldOption{"TOKENS"}},
      {.key = "windows_per_text",
       .value = &spec.windows_per_text,
       .help = "at most so many windows of each text, drawn by the seed (0: "
               "all)",
       .option = FieldOption{"N"}},
      {.key = "sample",
       .value = &spec.sample,
       .help = "so many of the texts, drawn by the seed (0: all)",
       .option = FieldOption{"N"}},
      {.key = "strict",
       .value = &spec.strict,
       .help = "stop at a text that cannot be measured instead of leaving it "
               "out",
       .option = FieldOption{}},
      {.key = "keep_tokens",
       .value = &spec.keep_tokens,
       .help = "also write tokens.csv: what the edit does to each token, at "
               "each layer",
       .option = FieldOption{},
       .in_file = spec.keep_tokens}};
}

}  // namespace

Status check_corpus_spec(const CorpusSpec& spec) {
  if (spec.texts.empty()) {
    return refuse("texts", "files or folders with texts", "none",
                  "as in excise corpus baker-7m stories/");
  }
  if (std::ranges::count(spec.texts, "-") > 1)
    return refuse("-", "standard input once", "it twice");
  if (spec.window == 1) return refuse("window", "2 tokens or more", "1");
  if (spec.window > 0 && spec.overlap + 2 > spec.window) {
    return refuse(
        "overlap", "at least 2 tokens fewer than the window",
        std::to_string(spec.overlap) + " of " + std::to_string(spec.window));
  }
  if (repeats_of(spec.controls, Control::kElsewhere) > 0) {
    return refuse("control elsewhere", "a sweep of one text", "a corpus",
                  "a corpus takes random-rank, norm-matched, neuron-shuffle");
  }
  if (asks_for(spec.variants, VariantSet::kConstant)) {
    return refuse("variant constant", "a sweep of one text", "a corpus",
                  "a corpus takes keep-only, visible, robustness");
  }
  return check_spec(spec);
}

Fields corpus_fields(CorpusSpec& spec) {
  return reading_instead(sweep_fields(spec), kOfOneText, reading_fields(spec));
}

std::string corpus_spec_to_toml(const CorpusSpec& spec) {
  CorpusSpec written = spec;
  return write_fields(kCorpusExperimentSchema, corpus_fields(written));
}

Result<CorpusSpec> parse_corpus_spec(std::string_view toml,
                                     std::string_view source) {
  CorpusSpec spec;
  EXCISE_CHECK(read_fields(toml, source, kCorpusExperimentSchema,
                           corpus_fields(spec), "spec"));
  EXCISE_CHECK(take_layer(spec));
  find_beside(source, spec.source.file);
  EXCISE_CHECK(check_corpus_spec(spec));
  return spec;
}

}  // namespace excise
