// Characters of which Debian 12's PCRE2 (Unicode 14) and Hugging Face's
// libraries know other classes, as parts of character classes. Oniguruma 6.9.10
// has Unicode 16, https://www.unicode.org/Public/16.0.0/ucd/UnicodeData.txt.
#ifndef EXCISE_MODEL_TOKENIZER_UNICODE_CLASSES_H_
#define EXCISE_MODEL_TOKENIZER_UNICODE_CLASSES_H_

namespace excise::unicode {

// New since Unicode 14, by general category.
inline constexpr const char* kNewUpper =
    R"(\x{1C89}\x{A7CB}-\x{A7CC}\x{A7DA}\x{A7DC}\x{10D50}-\x{10D65})";
inline constexpr const char* kNewLower =
    R"(\x{1C8A}\x{A7CD}\x{A7DB}\x{10D70}-\x{10D85}\x{1DF25}-\x{1DF2A})";
inline constexpr const char* kNewModifier =
    R"(\x{10D4E}\x{10D6F}\x{16D40}-\x{16D42}\x{16D6B}-\x{16D6C})"
    R"(\x{1E030}-\x{1E06D}\x{1E4EB})";
inline constexpr const char* kNewOtherLetters =
    R"(\x{105C0}-\x{105F3}\x{10D4A}-\x{10D4D}\x{10D4F}\x{10EC2}-\x{10EC4})"
    R"(\x{1123F}-\x{11240}\x{11380}-\x{11389}\x{1138B}\x{1138E})"
    R"(\x{11390}-\x{113B5}\x{113B7}\x{113D1}\x{113D3}\x{11BC0}-\x{11BE0})"
    R"(\x{11F02}\x{11F04}-\x{11F10}\x{11F12}-\x{11F33}\x{1342F})"
    R"(\x{13441}-\x{13446}\x{13460}-\x{143FA}\x{16100}-\x{1611D})"
    R"(\x{16D43}-\x{16D6A}\x{18CFF}\x{1B132}\x{1B155}\x{1E4D0}-\x{1E4EA})"
    R"(\x{1E5D0}-\x{1E5ED}\x{1E5F0}\x{2B739}\x{2EBF0}-\x{2EE5D})"
    R"(\x{31350}-\x{323AF})";
inline constexpr const char* kNewMarks =
    R"(\x{897}\x{CF3}\x{ECE}\x{10D69}-\x{10D6D}\x{10EFC}-\x{10EFF}\x{11241})"
    R"(\x{113B8}-\x{113C0}\x{113C2}\x{113C5}\x{113C7}-\x{113CA})"
    R"(\x{113CC}-\x{113D0}\x{113D2}\x{113E1}-\x{113E2}\x{11F00}-\x{11F01})"
    R"(\x{11F03}\x{11F34}-\x{11F3A}\x{11F3E}-\x{11F42}\x{11F5A}\x{13440})"
    R"(\x{13447}-\x{13455}\x{1611E}-\x{1612F}\x{1E08F}\x{1E4EC}-\x{1E4EF})"
    R"(\x{1E5EE}-\x{1E5EF})";
inline constexpr const char* kNewDigits =
    R"(\x{10D40}-\x{10D49}\x{116D0}-\x{116E3}\x{11BF0}-\x{11BF9})"
    R"(\x{11F50}-\x{11F59}\x{16130}-\x{16139}\x{16D70}-\x{16D79})"
    R"(\x{1CCF0}-\x{1CCF9}\x{1E4F0}-\x{1E4F9}\x{1E5F1}-\x{1E5FA})";
inline constexpr const char* kNewOtherNumbers = R"(\x{1D2C0}-\x{1D2D3})";
inline constexpr const char* kNewPunctuation =
    R"(\x{1B4E}-\x{1B4F}\x{1B7F}\x{10D6E}\x{113D4}-\x{113D5})"
    R"(\x{113D7}-\x{113D8}\x{11B00}-\x{11B09}\x{11BE1}\x{11F43}-\x{11F4F})"
    R"(\x{16D6D}-\x{16D6F}\x{1E5FF})";
inline constexpr const char* kNewSymbols =
    R"(\x{2427}-\x{2429}\x{2FFC}-\x{2FFF}\x{31E4}-\x{31E5}\x{31EF})"
    R"(\x{10D8E}-\x{10D8F}\x{1CC00}-\x{1CCEF}\x{1CD00}-\x{1CEB3}\x{1F6DC})"
    R"(\x{1F774}-\x{1F776}\x{1F77B}-\x{1F77F}\x{1F7D9}\x{1F8B2}-\x{1F8BB})"
    R"(\x{1F8C0}-\x{1F8C1}\x{1FA75}-\x{1FA77}\x{1FA87}-\x{1FA89}\x{1FA8F})"
    R"(\x{1FAAD}-\x{1FAAF}\x{1FABB}-\x{1FABF}\x{1FAC6}\x{1FACE}-\x{1FACF})"
    R"(\x{1FADA}-\x{1FADC}\x{1FADF}\x{1FAE8}-\x{1FAE9}\x{1FAF7}-\x{1FAF8})"
    R"(\x{1FBCB}-\x{1FBEF})";
// By script.
inline constexpr const char* kNewHan =
    R"(\x{2B739}\x{2EBF0}-\x{2EE5D}\x{31350}-\x{323AF})";

// White_Space. PCRE2's \s has U+180E too.
inline constexpr const char* kSpaces =
    R"(\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F})"
    R"(\x{205F}\x{3000})";
// Alphabetic beside letters and marks.
inline constexpr const char* kCircledLetters =
    R"(\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169})"
    R"(\x{1F170}-\x{1F189})";
// Numeric for Rust 1.9x, which has Unicode 17.
inline constexpr const char* kNewerNumbers =
    R"(\x{11DE0}-\x{11DE9}\x{16FF4}-\x{16FF6})";

// No punctuation, and punctuation, for the crate unicode_categories.
inline constexpr const char* kNoPunctuation =
    R"(\x{61D}\x{9FD}\x{A76}\x{C77}\x{C84}\x{1B7D}-\x{1B7E}\x{2E43}-\x{2E4F})"
    R"(\x{2E52}-\x{2E5D}\x{10EAD}\x{10F55}-\x{10F59}\x{10F86}-\x{10F89})"
    R"(\x{1144B}-\x{1144F}\x{1145A}-\x{1145B}\x{1145D}\x{11660}-\x{1166C})"
    R"(\x{116B9}\x{1183B}\x{11944}-\x{11946}\x{119E2}\x{11A3F}-\x{11A46})"
    R"(\x{11A9A}-\x{11A9C}\x{11A9E}-\x{11AA2}\x{11C41}-\x{11C45})"
    R"(\x{11C70}-\x{11C71}\x{11EF7}-\x{11EF8}\x{11FFF}\x{12FF1}-\x{12FF2})"
    R"(\x{16E97}-\x{16E9A}\x{16FE2}\x{1E95E}-\x{1E95F})";
inline constexpr const char* kOldPunctuation = R"(\x{166D}\x{111C9})";
// No marks for unicode-normalization-alignments, which has Unicode 9.
inline constexpr const char* kNoMarks =
    R"(\x{7FD}\x{898}-\x{89F}\x{8CA}-\x{8D3}\x{9FE}\x{AFA}-\x{AFF}\x{B55})"
    R"(\x{C04}\x{C3C}\x{D00}\x{D3B}-\x{D3C}\x{D81}\x{EBA}\x{1715}\x{180F})"
    R"(\x{1ABF}-\x{1ACE}\x{1CF7}\x{1DF6}-\x{1DFA}\x{A82C}\x{A8FF})"
    R"(\x{10D24}-\x{10D27}\x{10EAB}-\x{10EAC}\x{10F46}-\x{10F50})"
    R"(\x{10F82}-\x{10F85}\x{11070}\x{11073}-\x{11074}\x{110C2})"
    R"(\x{11145}-\x{11146}\x{111C9}\x{111CE}-\x{111CF}\x{1133B}\x{1145E})"
    R"(\x{1182C}-\x{1183A}\x{11930}-\x{11935}\x{11937}-\x{11938})"
    R"(\x{1193B}-\x{1193E}\x{11940}\x{11942}-\x{11943}\x{119D1}-\x{119D7})"
    R"(\x{119DA}-\x{119E0}\x{119E4}\x{11A01}-\x{11A0A}\x{11A33}-\x{11A39})"
    R"(\x{11A3B}-\x{11A3E}\x{11A47}\x{11A51}-\x{11A5B}\x{11A8A}-\x{11A99})"
    R"(\x{11D31}-\x{11D36}\x{11D3A}\x{11D3C}-\x{11D3D}\x{11D3F}-\x{11D45})"
    R"(\x{11D47}\x{11D8A}-\x{11D8E}\x{11D90}-\x{11D91}\x{11D93}-\x{11D97})"
    R"(\x{11EF3}-\x{11EF6}\x{16F4F}\x{16F7F}-\x{16F87}\x{16FE4})"
    R"(\x{16FF0}-\x{16FF1}\x{1CF00}-\x{1CF2D}\x{1CF30}-\x{1CF46})"
    R"(\x{1E130}-\x{1E136}\x{1E2AE}\x{1E2EC}-\x{1E2EF})";

}  // namespace excise::unicode

#endif  // EXCISE_MODEL_TOKENIZER_UNICODE_CLASSES_H_
