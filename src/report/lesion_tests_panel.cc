#include <fmt/format.h>

#include <cmath>

#include "report/lesion_captions.h"
#include "report/lesion_panels.h"
#include "report/panel_parts.h"

namespace excise {
namespace {

// As many sentences are open at first.
constexpr size_t kShown = 3;

const char* const kDefinition =
    "<p>A test is a place in a sentence where one of the two words is about to "
    "come: before the words of a <code>--test</code> sentence, or before the "
    "word of a pair that was not fitted on. Its <em>own loss</em> is what the "
    "word of the zeroed neurons loses there beyond the other word, in logits: "
    "loss(own) − loss(other), each clean − lesioned.</p>";

// Of every layer and test: what the group's word loses beyond the other.
std::vector<double> own_losses(const ResultFolder& folder,
                               const LesionGroup& group) {
  const Matrix<double>& delta = *folder.array("delta_logit");  // [n*2*S, 2]
  const size_t tests = count_tests(folder);
  std::vector<double> losses;
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    for (size_t test = 0; test < tests; ++test) {
      const auto words = delta.row((2 * row + group.index) * tests + test);
      losses.push_back(words[group.index] - words[1 - group.index]);
    }
  }
  return losses;
}

std::string name_of(const nlohmann::json& test, size_t index) {
  const double line = number_at(test, "/pair_line");
  const std::string next = text_at(test, "/before");
  std::string name = fmt::format("test {}", index + 1);
  if (!std::isnan(line)) name += ", pair of line " + number_text(line, 9);
  if (!next.empty())
    name += ", before \u201C" + token_label(next, 24) + "\u201D";
  return name;
}

Figure tests_figure(const ResultFolder& folder) {
  Figure figure{.id = "tests-own",
                .title = "Own loss in each test",
                .x = {.title = "test", .whole_numbers = true},
                .y = {.title = "own loss, logits"}};
  figure.follows_layer = true;
  figure.rules = {{0, false, ""}};
  const auto& tests = value_at(folder.results, "/tests");
  figure.x.range = {0.4, static_cast<double>(tests.size()) + 0.6};
  for (const LesionGroup& group : lesion_groups(folder)) {
    Series series{.name = "neurons for " + group.word + " zeroed",
                  .mark = Mark::kPoints,
                  .hue = group.hue};
    for (size_t i = 0; i < tests.size(); ++i) {
      series.x.push_back(static_cast<double>(i + 1) +
                         (group.index == 0 ? -0.1 : 0.1));
      series.labels.push_back(name_of(tests[i], i));
    }
    series.y = own_losses(folder, group);
    figure.series.push_back(std::move(series));
  }
  for (size_t row = 0; row < folder.layers.size(); ++row)
    figure.says.push_back(tests_caption(folder, row));
  return figure;
}

std::string reading(const ResultFolder& folder, size_t row) {
  const size_t tests = count_tests(folder);
  std::string text;
  for (const LesionGroup& group : lesion_groups(folder)) {
    const auto losses = own_losses(folder, group);
    size_t loses = 0;
    for (size_t i = 0; i < tests; ++i) {
      loses += losses[row * tests + i] > 0 ? 1 : 0;
    }
    text += text.empty() ? fmt::format("At layer {}, zeroing the neurons for ",
                                       folder.layers[row])
                         : "; zeroing those for ";
    text +=
        fmt::format("{} has an own loss above 0 (beyond {}) in {} of {}",
                    group.word, group.other, loses, count_text(tests, "test"));
  }
  if (tests < 2) return text + ".";
  return text + "; a count of signs, of which about half would be by chance.";
}

Html list_item(const nlohmann::json& test, size_t index) {
  Html html;
  html.raw("<li><p class=\"note\">").text(name_of(test, index));
  html.raw("</p>").add(test_html(test)).raw("</li>");
  return html;
}

Html sentences(const ResultFolder& folder) {
  const auto& tests = value_at(folder.results, "/tests");
  Html html;
  html.raw("<h3>Where it was lesioned</h3><ul class=\"tests\">");
  for (size_t i = 0; i < tests.size() && i < kShown; ++i) {
    html.add(list_item(tests[i], i));
  }
  html.raw("</ul>");
  if (tests.size() <= kShown) return html;
  html.raw("<details><summary>")
      .text(fmt::format("The other {}",
                        count_text(tests.size() - kShown, "test")))
      .raw("</summary><ul class=\"tests\">");
  for (size_t i = kShown; i < tests.size(); ++i) {
    html.add(list_item(tests[i], i));
  }
  return html.raw("</ul></details>");
}

Html test_table(const ResultFolder& folder) {
  const auto groups = lesion_groups(folder);
  Table table("Clean predictions of the tests", "tests",
              {"test", "line of the pair", "position", "next",
               groups[0].word + ", logit", groups[1].word + ", logit",
               groups[0].word + ", p", groups[1].word + ", p"});
  const auto& tests = value_at(folder.results, "/tests");
  for (size_t i = 0; i < tests.size(); ++i) {
    table.begin_row(std::to_string(i + 1))
        .number(number_at(tests[i], "/pair_line"), 9)
        .number(number_at(tests[i], "/position"), 9)
        .text(token_label(text_at(tests[i], "/before"), 24))
        .number(number_at(tests[i], "/clean/first/logit"), 4)
        .number(number_at(tests[i], "/clean/second/logit"), 4)
        .number(std::exp(number_at(tests[i], "/clean/first/logprob")))
        .number(std::exp(number_at(tests[i], "/clean/second/logprob")));
  }
  return table.html();
}

}  // namespace

Panel lesion_tests_panel(const ResultFolder& folder) {
  Panel panel{.id = "tests", .title = "Does it hold in every sentence?"};
  for (size_t row = 0; row < folder.layers.size(); ++row) {
    panel.readings.push_back(reading(folder, row));
  }
  panel.definition.raw(kDefinition);
  panel.slots.push_back({{tests_figure(folder)}, true});
  panel.after.add(sentences(folder))
      .raw("<details><summary>Clean predictions</summary>")
      .add(test_table(folder))
      .raw("</details>");
  return panel;
}

}  // namespace excise
