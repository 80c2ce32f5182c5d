// Models of which people ask why they do not run.
#ifndef EXCISE_MODEL_FAMILIES_NOT_BUILT_H_
#define EXCISE_MODEL_FAMILIES_NOT_BUILT_H_

#include <string>
#include <string_view>

namespace excise {

// What excise lacks for this model_type, or where its text model is; empty
// where that is not known.
std::string why_not_built(std::string_view model_type);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_NOT_BUILT_H_
