#include "model/tokenizer/definition.h"

#include <span>

#include "io/fingerprint.h"

namespace excise {

std::string TokenizerDefinition::fingerprint() const {
  ContentFingerprint print;
  for (const std::string& entry : vocabulary.entries()) print.add(entry);
  print.add(std::as_bytes(std::span(vocabulary.merges())));
  for (const AddedToken& token : vocabulary.added_tokens) {
    print.add(std::to_string(token.id));
    for (const bool option :
         {token.normalized, token.lstrip, token.rstrip, token.single_word})
      print.add(option ? "1" : "0");
  }
  print.add(steps);
  for (const std::vector<int>* ids :
       {&post_processor.before, &post_processor.after}) {
    print.add(std::as_bytes(std::span(*ids)));
    print.add("|");
  }
  print.add(model.ignore_merges ? "1" : "0");
  const auto unknown =
      model.unknown ? vocabulary.find_of_file(*model.unknown) : std::nullopt;
  print.add(std::to_string(unknown.value_or(-1)));
  print.add(model.fuse_unknown ? "1" : "0");
  // Only where it is: the byte-level tokenizers of before keep their names.
  if (model.byte_fallback) print.add("byte_fallback");
  if (bos) print.add("bos always");
  if (special_are_text) print.add("special tokens as text");
  if (added_by_length) print.add("added by length");
  print.add(std::as_bytes(std::span(vocabulary.orders())));
  return print.hex();
}

}  // namespace excise
