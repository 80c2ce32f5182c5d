// Models of which people ask why they do not run.
#ifndef EXCISE_MODEL_FAMILIES_NOT_BUILT_H_
#define EXCISE_MODEL_FAMILIES_NOT_BUILT_H_

#include <string>
#include <string_view>

namespace excise {

// What excise lacks for this model_type, or where its text model is; empty
// where that is not known.
std::string why_not_built(std::string_view model_type);

// The same by the name of a model on the hub, "org/Mixtral-8x7B", where that
// begins with such a model_type; empty where the name does not tell.
std::string why_not_built_by_name(std::string_view hub_id);

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_NOT_BUILT_H_
