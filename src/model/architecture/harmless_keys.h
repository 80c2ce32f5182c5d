// Keys of config.json that change no number here, whatever the family.
#ifndef EXCISE_MODEL_ARCHITECTURE_HARMLESS_KEYS_H_
#define EXCISE_MODEL_ARCHITECTURE_HARMLESS_KEYS_H_

#include <span>
#include <string_view>

namespace excise {

std::span<const std::string_view> harmless_config_keys();

}  // namespace excise

#endif  // EXCISE_MODEL_ARCHITECTURE_HARMLESS_KEYS_H_
