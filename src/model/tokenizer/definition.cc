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
  print.add(ignore_merges ? "1" : "0");
  print.add(std::to_string(unknown.value_or(-1)));
  print.add(fuse_unknown ? "1" : "0");
  return print.hex();
}

}  // namespace excise
