#include "io/fingerprint.h"

namespace excise {

std::string Fingerprint::hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (size_t i = 0; i < text.size(); ++i) {
    text[i] = kDigits[(hash_ >> (60 - 4 * i)) & 0xFU];
  }
  return text;
}

}  // namespace excise
