// Pages of mapped files that can no longer be read: another program shortened
// the file, or its disk failed. Reading such a page raises SIGBUS, which ends a
// process; here it gives zeros instead and is remembered.
#ifndef EXCISE_IO_LOST_PAGES_H_
#define EXCISE_IO_LOST_PAGES_H_

#include <cstddef>
#include <span>

namespace excise {

// While it lives, a read of a page of `memory` that is lost gives zeros, as
// does each later page. memory: a whole private mapping, from its first page;
// it must outlive this. Not copied or moved: the signal handler looks at it.
class LostPages {
 public:
  explicit LostPages(std::span<const std::byte> memory);
  LostPages(const LostPages&) = delete;
  LostPages& operator=(const LostPages&) = delete;
  ~LostPages();

  bool any() const;

  // Makes sure that SIGBUS comes here: once a file is mapped, and again where
  // someone (Python's faulthandler) has put a handler of their own in front.
  // What is not about such memory goes on to the handler that was there.
  static void watch();

 private:
  struct Slot;
  struct Handler;
  Slot* slot_;
};

}  // namespace excise

#endif  // EXCISE_IO_LOST_PAGES_H_
