// A result of several texts, seen by panels that know one.
#ifndef EXCISE_REPORT_OVER_TEXTS_VIEW_H_
#define EXCISE_REPORT_OVER_TEXTS_VIEW_H_

#include "report/result_folder.h"

namespace excise {

// Whether every layer has this key ("parts") over texts.
bool is_over_texts(const ResultFolder& folder, const char* key);

// A folder whose layers have the effect, the parts and the variants over texts
// where those of the first text are, and its passages on them; nothing else.
ResultFolder over_texts_view(const ResultFolder& folder);

}  // namespace excise

#endif  // EXCISE_REPORT_OVER_TEXTS_VIEW_H_
