#include "experiment/common/passages.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/number_text.h"
#include "experiment/common/mean_test.h"
#include "math/statistics/chance_hits.h"
#include "math/statistics/empirical_p.h"

namespace excise {

std::vector<Passage> said(std::vector<Passage> passages) {
  std::erase_if(passages,
                [](const Passage& passage) { return passage.text.empty(); });
  return passages;
}

std::string joined(const std::vector<Passage>& passages) {
  std::string text;
  for (const Passage& passage : passages)
    text += (text.empty() ? "" : " ") + passage.text;
  return text;
}

Json passage_list(const std::vector<Passage>& passages) {
  Json list = Json::array();
  for (const Passage& passage : passages)
    list.push_back({{"topic", passage.topic}, {"text", passage.text}});
  return list;
}

std::string chance_words(size_t tests, size_t draws, std::string_view things) {
  const ChanceHits chance =
      chance_hits(tests, attained_level(draws, kSignificance, Tail::kAbove));
  return fmt::format(
      "chance alone would put {} of {} {} there, and at least one with "
      "probability {} if {} were independent",
      short_text(chance.expected, 2), tests, things,
      percent_text(chance.at_least_one, 0), things);
}

std::string too_few_draws(size_t draws) {
  const double least = smallest_p(draws, Tail::kAbove);
  if (least < kSignificance) return "";
  return fmt::format("with {} {} no one-sided p is below {}: that takes {}",
                     draws, draws == 1 ? "draw" : "draws", short_text(least, 2),
                     draws_for_p_below(kSignificance, Tail::kAbove));
}

}  // namespace excise
