#include "io/lost_pages.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>

namespace excise {

// What the handler knows of one mapping. Slots are used again but never freed,
// so that the handler may walk along them at any time without a lock.
struct LostPages::Slot {
  std::atomic<unsigned> version{0};  // odd while the range changes
  std::atomic<uintptr_t> begin{0}, end{0};
  std::atomic<bool> lost{false};
  bool taken = true;
  Slot* next = nullptr;

  void set_range(uintptr_t first, uintptr_t last) {
    version.fetch_add(1);
    begin.store(first);
    end.store(last);
    version.fetch_add(1);
  }

  // False as well while the range changes: memory that is being read belongs to
  // a slot that stays as it is.
  bool contains(uintptr_t address, uintptr_t& last) const {
    const unsigned before = version.load();
    const uintptr_t first = begin.load();
    last = end.load();
    return before % 2 == 0 && version.load() == before && first <= address &&
           address < last;
  }
};

struct LostPages::Handler {
  static std::mutex changing;  // slots and the handler; never taken within it
  static std::atomic<Slot*> slots;
  // Who was there before; each kept for ever, since a handler may be reading
  // it.
  static std::atomic<const struct sigaction*> earlier;
  static std::atomic<bool> passed_on;
  static uintptr_t page_size;

  // Zeros from the page of `address` to the end of the mapping: what lies
  // behind a page that a shortened file no longer has is gone as well, and one
  // call serves a model of any size. False where the memory is not ours.
  static bool replace(uintptr_t address) {
    for (Slot* slot = slots.load(); slot != nullptr; slot = slot->next) {
      uintptr_t end = 0;
      if (!slot->contains(address, end)) continue;
      slot->lost.store(true);
      const uintptr_t page = address / page_size * page_size;
      void* const start = reinterpret_cast<void*>(page);
      return mmap(start, end - page, PROT_READ,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
                  0) == start;
    }
    return false;
  }

  // The earlier handler is put back and gets the signal when this one returns:
  // the read is tried again, or the signal sent again. If it passes the signal
  // back here (either may stand in front of the other), the process ends.
  static void pass_on(int signal_number, bool was_sent) {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    if (!passed_on.exchange(true)) action = *earlier.load();
    sigaction(signal_number, &action, nullptr);
    if (was_sent) raise(signal_number);
  }

  static void on_bus_error(int signal_number, siginfo_t* info, void*) {
    const int before = errno;
    const bool ours = info->si_code == BUS_ADRERR &&
                      replace(reinterpret_cast<uintptr_t>(info->si_addr));
    if (!ours) pass_on(signal_number, info->si_code <= 0);
    errno = before;
  }
};

std::mutex LostPages::Handler::changing;
std::atomic<LostPages::Slot*> LostPages::Handler::slots{nullptr};
std::atomic<const struct sigaction*> LostPages::Handler::earlier{nullptr};
std::atomic<bool> LostPages::Handler::passed_on{false};
uintptr_t LostPages::Handler::page_size = 4096;

LostPages::LostPages(std::span<const std::byte> memory) {
  watch();
  const std::lock_guard lock(Handler::changing);
  slot_ = Handler::slots.load();
  while (slot_ != nullptr && slot_->taken) slot_ = slot_->next;
  if (slot_ == nullptr) {
    slot_ = new Slot;
    slot_->next = Handler::slots.load();
    Handler::slots.store(slot_);
  }
  slot_->taken = true;
  slot_->lost.store(false);
  const auto begin = reinterpret_cast<uintptr_t>(memory.data());
  const uintptr_t pages =
      (memory.size() + Handler::page_size - 1) / Handler::page_size;
  slot_->set_range(begin, begin + pages * Handler::page_size);
}

LostPages::~LostPages() {
  const std::lock_guard lock(Handler::changing);
  slot_->set_range(0, 0);
  slot_->taken = false;
}

bool LostPages::any() const { return slot_->lost.load(); }

void LostPages::watch() {
  const std::lock_guard lock(Handler::changing);
  struct sigaction now = {};
  if (sigaction(SIGBUS, nullptr, &now) != 0) return;
  if ((now.sa_flags & SA_SIGINFO) != 0 &&
      now.sa_sigaction == &Handler::on_bus_error) {
    return;
  }
  Handler::page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  Handler::earlier.store(new struct sigaction(now));
  Handler::passed_on.store(false);
  struct sigaction action = {};
  action.sa_sigaction = &Handler::on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace excise
