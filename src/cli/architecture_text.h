// What the blocks of a model are, in a line each.
#ifndef EXCISE_CLI_ARCHITECTURE_TEXT_H_
#define EXCISE_CLI_ARCHITECTURE_TEXT_H_

#include <string>

#include "model/architecture/config.h"

namespace excise {

// "9 heads of 64 on 3 of keys and values, rotary positions".
std::string attention_text(const ModelConfig& config);

// "RMSNorm before attention and MLP, one after the other".
std::string residual_text(const ModelConfig& config);

}  // namespace excise

#endif  // EXCISE_CLI_ARCHITECTURE_TEXT_H_
