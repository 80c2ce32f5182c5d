// What unicode.cc needs of the Unicode Character Database. Made when excise is
// built, by tools/make_unicode_tables.
#ifndef EXCISE_MODEL_TOKENIZER_UNICODE_TABLES_H_
#define EXCISE_MODEL_TOKENIZER_UNICODE_TABLES_H_

#include <cstdint>
#include <span>

namespace excise::unicode {

// The full decomposition of a code point: `length` code points of kParts.
// Hangul syllables are left out. Sorted by code point, the canonical one first;
// the compatible one only where it is another.
struct Decomposition {
  char32_t code_point;
  uint8_t compatible;
  uint16_t first;
  uint8_t length;
};
// Two code points that become one. Sorted.
struct Composition {
  char32_t first;
  char32_t second;
  char32_t composed;
};
// Canonical combining class, where it is not 0. Sorted.
struct CombiningClass {
  char32_t code_point;
  uint8_t value;
};
// second: 0 where the lower case is one code point. Sorted.
struct LowerCase {
  char32_t code_point;
  char32_t first;
  char32_t second;
};

extern const std::span<const char32_t> kParts;
extern const std::span<const Decomposition> kDecompositions;
extern const std::span<const Composition> kCompositions;
extern const std::span<const CombiningClass> kCombiningClasses;
extern const std::span<const LowerCase> kLowerCase;

}  // namespace excise::unicode

#endif  // EXCISE_MODEL_TOKENIZER_UNICODE_TABLES_H_
