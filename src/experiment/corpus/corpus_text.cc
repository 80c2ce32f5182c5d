#include "experiment/corpus/corpus_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/number_text.h"
#include "experiment/common/sentence_parts.h"
#include "experiment/sweep/deed_words.h"
#include "experiment/sweep/summary_text.h"

namespace excise {
namespace {

std::string counted(size_t count, const std::string& thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string measured(const CorpusHeader& header, const CorpusSummary& corpus) {
  const CorpusSpec& spec = corpus.spec;
  std::string text = fmt::format("{} of {}, {:.0f} tokens measured; ",
                                 counted(corpus.windows, "window"),
                                 counted(corpus.texts, "text"), corpus.tokens);
  const size_t units = corpus.units.size();
  if (units == 1) {
    text += fmt::format(
        "there is one unit ({}), and so no test over units is possible.",
        corpus.units[0].name);
  } else {
    text +=
        fmt::format("each of the {} counts once, by its mean effect a token.",
                    units_words(spec, units));
  }
  if (!spec.tokens.all())
    text += " Edited, and so measured, are the chosen tokens.";
  if (spec.unit.empty() && corpus.windows > corpus.texts)
    text += " The windows of a text are one unit.";
  if (header.repeated > 0) {
    text += fmt::format(
        " {} the same, word for word, as an earlier one, and counted all the "
        "same: t, p and q are then too strong.",
        header.repeated == 1 ? "1 text is"
                             : fmt::format("{} texts are", header.repeated));
  }
  return text;
}

std::string left_out(const CorpusHeader& header, const CorpusData& data) {
  std::string text;
  if (!header.skipped.empty()) {
    const SkippedText& first = header.skipped.front();
    text +=
        fmt::format("{} left out; the first is {}: {}.",
                    header.skipped.size() == 1
                        ? "1 text was"
                        : fmt::format("{} texts were", header.skipped.size()),
                    first.name, first.reason);
  }
  if (!data.left_out().empty()) {
    const auto& [window, reason] = *data.left_out().begin();
    text += fmt::format("{}{} could not be measured; the first is of {}: {}.",
                        text.empty() ? "" : " ",
                        counted(data.left_out().size(), "window"),
                        header.texts[header.windows[window].text].name, reason);
  }
  return text;
}

std::string basis_words(const CorpusSpec& spec) {
  const BasisSource& source = spec.source;
  if (source.this_text())
    return "The basis is each window's own: what is removed differs between "
           "them.";
  return shared_basis_words(source, "texts");
}

std::string groups_words(const CorpusSummary& corpus) {
  if (corpus.groups.empty()) return "";
  std::string text;
  size_t single = 0;
  for (const GroupSummary& group : corpus.groups) {
    if (group.units < 2) {
      ++single;
      continue;
    }
    std::vector<size_t> hurt, helped;
    for (size_t i = 0; i < group.layers.size(); ++i) {
      const MeanTest& test = group.layers[i];
      if (!significant(test) || *test.mean == 0) continue;
      (*test.mean > 0 ? hurt : helped).push_back(corpus.over_units.layers[i]);
    }
    const size_t all = group.layers.size();
    text += fmt::format("{}{} ({}): hurt in {}, helped in {}",
                        text.empty() ? "By group: " : "; ", group.name,
                        counted(group.units, "unit"), of_layers(hurt, all),
                        helped.empty() ? "0" : of_layers(helped, all));
  }
  if (!text.empty()) {
    text += fmt::format(" (q < {} over layers and groups).{}", kSignificance,
                        single > 0 ? " " : "");
  }
  if (single == 0) return text;
  return text + fmt::format("{} of one unit {} no test.",
                            counted(single, "group"),
                            single == 1 ? "has" : "have");
}

}  // namespace

std::string units_words(const CorpusSpec& spec, size_t units) {
  if (spec.unit.empty()) return counted(units, "text");
  return fmt::format("{} ({})", counted(units, "unit"), spec.unit);
}

std::vector<Passage> corpus_passages(const CorpusHeader& header,
                                     const CorpusData& data,
                                     const CorpusSummary& corpus) {
  std::vector<Passage> passages = {{"corpus", measured(header, corpus)},
                                   {"left out", left_out(header, data)},
                                   {"basis", basis_words(corpus.spec)}};
  std::ranges::move(summary_passages(corpus.over_units, corpus.summary),
                    std::back_inserter(passages));
  passages.push_back({"groups", groups_words(corpus)});
  return said(std::move(passages));
}

}  // namespace excise
