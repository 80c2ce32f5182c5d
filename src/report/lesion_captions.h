// What to conclude from the figures of a lesion: a sentence below each, by a
// rule over its own numbers.
#ifndef EXCISE_REPORT_LESION_CAPTIONS_H_
#define EXCISE_REPORT_LESION_CAPTIONS_H_

#include <string>

#include "report/lesion_panels.h"

namespace excise {

// Whether belonging to a group says much: how many neurons do, by layer.
std::string neurons_caption(const ResultFolder& folder);
// Whether the size of the change speaks for these neurons: beside random ones.
std::string size_caption(const ResultFolder& folder);
// Which way the balance of the words goes, where its test tells it.
std::string balance_caption(const ResultFolder& folder,
                            const LesionGroup& group);
// At which layers a group stands above random ones in this quantity, and at how
// many chance would put it there. p: key of the one-sided p in a group's entry.
std::string random_caption(const ResultFolder& folder, const LesionGroup& group,
                           const char* p);
// Of one layer: whether the words' losses are told apart over the tests.
std::string tests_caption(const ResultFolder& folder, size_t row);
// Of one layer: how many neurons tell, and how many of those may be chance.
std::string t_caption(const ResultFolder& folder, size_t row);

}  // namespace excise

#endif  // EXCISE_REPORT_LESION_CAPTIONS_H_
