// Numbers as people read them, in tables and sentences: a number that is shown
// as 0 has no sign.
#ifndef EXCISE_CORE_NUMBER_TEXT_H_
#define EXCISE_CORE_NUMBER_TEXT_H_

#include <string>
#include <string_view>

namespace excise {

// number: as formatted. Without its sign where no digit but 0 is in it: "0.00"
// for "-0.00" and "+0.00".
std::string without_zero_sign(std::string number);

// "1.59", "-0.04": so many decimals.
std::string fixed_text(double value, int decimals);
// "+1.5932", "-0.0400", "0.0000".
std::string signed_fixed_text(double value, int decimals);
// "1.59", "2.3e-13": so many significant digits.
std::string short_text(double value, int digits);
// "+1.59", "-0.04", "0".
std::string signed_short_text(double value, int digits);
// "p = 0.031", "q < 1e-300" of what double precision cannot hold. name: "p" or
// "q".
std::string p_words(std::string_view name, double value, int digits);
// The same for a column of its own: "0.031", "<1e-300".
std::string p_text(double value, int digits);
// "95 %", of a share of 1.
std::string percent_text(double share, int decimals);

}  // namespace excise

#endif  // EXCISE_CORE_NUMBER_TEXT_H_
