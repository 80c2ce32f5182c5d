#include "core/number_text.h"

#include <fmt/format.h>

namespace excise {

std::string without_zero_sign(std::string number) {
  const bool has_sign = number.starts_with('-') || number.starts_with('+');
  const auto mantissa = number.substr(0, number.find('e'));
  const bool zero = mantissa.find('0') != std::string::npos &&
                    mantissa.find_first_not_of("+-0.") == std::string::npos;
  if (has_sign && zero) number.erase(0, 1);
  return number;
}

std::string fixed_text(double value, int decimals) {
  return without_zero_sign(fmt::format("{:.{}f}", value, decimals));
}

std::string signed_fixed_text(double value, int decimals) {
  return without_zero_sign(fmt::format("{:+.{}f}", value, decimals));
}

std::string short_text(double value, int digits) {
  return without_zero_sign(fmt::format("{:.{}g}", value, digits));
}

std::string signed_short_text(double value, int digits) {
  return without_zero_sign(fmt::format("{:+.{}g}", value, digits));
}

namespace {
// Nothing that is counted or drawn comes near; a tail of t that is not 0 only
// because no p is does.
constexpr double kBelowAnyP = 1e-300;
}  // namespace

std::string p_words(std::string_view name, double value, int digits) {
  return fmt::format(
      "{} {}", name,
      value < kBelowAnyP ? "< 1e-300" : "= " + short_text(value, digits));
}

std::string p_text(double value, int digits) {
  return value < kBelowAnyP ? "<1e-300" : short_text(value, digits);
}

std::string percent_text(double share, int decimals) {
  return fixed_text(100 * share, decimals) + " %";
}

}  // namespace excise
