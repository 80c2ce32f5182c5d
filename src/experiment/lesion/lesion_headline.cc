#include "experiment/lesion/lesion_headline.h"

#include <cmath>

namespace excise {

GroupHeadline group_headline(const LesionResult& result, bool first) {
  GroupHeadline headline;
  double largest = 0;
  for (size_t i = 0; i < result.lesions.size(); ++i) {
    const LayerLesion& layer = result.lesions[i];
    const GroupLesion& group = first ? layer.first : layer.second;
    const MeanTest& loss = group.selective_loss;
    if (group.zeroed == 0 || !loss.mean || !std::isfinite(*loss.mean)) continue;
    ++headline.zeroed;
    headline.changed += *loss.mean != 0 ? 1 : 0;
    const size_t number = layer.groups.layer;
    if (*loss.mean > 0) headline.layers_positive.push_back(number);
    if (loss.q) {
      ++headline.tested;
      if (*loss.q < kSignificance && *loss.mean != 0) {
        (*loss.mean > 0 ? headline.layers_against : headline.layers_towards)
            .push_back(number);
      }
    }
    if (group.random_p_one_sided) {
      ++headline.compared;
      if (*group.random_p_one_sided < kSignificance)
        headline.layers_beyond_random.push_back(number);
    }
    if (!headline.strongest || *loss.mean > largest) {
      headline.strongest = i;
      largest = *loss.mean;
    }
  }
  return headline;
}

}  // namespace excise
