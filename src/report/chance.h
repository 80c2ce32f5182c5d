// What chance gives where a result stands beside random draws by a one-sided p.
#ifndef EXCISE_REPORT_CHANCE_H_
#define EXCISE_REPORT_CHANCE_H_

#include <string>
#include <vector>

#include "report/result_folder.h"

namespace excise {

// The layers that were compared with draws, and those above nearly all.
struct BesideDraws {
  std::vector<size_t> beyond;  // layers with p below the limit
  size_t compared = 0;         // layers with a p
  double expected = 0;         // so many of these would be beyond by chance
  double draws = 0;            // the most that a layer has
};

// p, draws: of each swept layer, NaN where it was not compared.
// p = (b + 1) / (R + 1), where b of R draws reach the result.
BesideDraws beside_draws(const ResultFolder& folder,
                         const std::vector<double>& p,
                         const std::vector<double>& draws);

// "Above nearly all <drawn> at layer 3 (p < 0.05); chance would put 0.6 of 12
// layers there." Where no p can be below the limit, that the draws are too few.
// "" where nothing was compared.
std::string beside_text(const ResultFolder& folder, const BesideDraws& found,
                        const std::string& drawn);
std::string too_few_text(const ResultFolder& folder, double draws);

// "layer 3", "layers 0 and 4–6".
std::string layers_text(const std::vector<size_t>& layers);

}  // namespace excise

#endif  // EXCISE_REPORT_CHANCE_H_
