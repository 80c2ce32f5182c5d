// What somebody should know before long work, without making two lines of a
// failure where a program reads them.
#ifndef EXCISE_CLI_EARLY_NOTE_H_
#define EXCISE_CLI_EARLY_NOTE_H_

#include <string>

namespace excise {

// On stderr: at once where that is a terminal, else when the work has
// succeeded.
class EarlyNote {
 public:
  // text: whole lines; nothing is told of an empty one, or where `quiet`.
  EarlyNote(std::string text, bool quiet);
  void succeed();

 private:
  void tell();
  std::string text_;  // that is still to be told
};

}  // namespace excise

#endif  // EXCISE_CLI_EARLY_NOTE_H_
