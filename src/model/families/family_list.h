// Every family: one file of this folder each.
#ifndef EXCISE_MODEL_FAMILIES_FAMILY_LIST_H_
#define EXCISE_MODEL_FAMILIES_FAMILY_LIST_H_

#include "model/architecture/family.h"

namespace excise {

extern const Family kGemma, kGemma2, kGemma3, kGpt2, kGptJ, kGptNeo, kGptNeoX,
    kGranite, kLlama, kMinistral3, kMistral, kOlmo2, kOlmo3, kOpt, kPhi, kPhi3,
    kQwen2, kQwen3, kSmolLm3, kStableLm, kStarCoder2;

}  // namespace excise

#endif  // EXCISE_MODEL_FAMILIES_FAMILY_LIST_H_
