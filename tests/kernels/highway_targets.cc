// Linked into the numerical tests: EXCISE_TEST_HIGHWAY=AVX2, SSE4 or SSSE3
// keeps Highway from choosing better vectors than those, as on a processor
// without them. The other libraries have a variable of their own
// (tests/kernels/held).
#include <hwy/targets.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

// A lower bit is a better target.
[[maybe_unused]] const bool held = [] {
  const char* name = std::getenv("EXCISE_TEST_HIGHWAY");
  if (name == nullptr) return false;
  for (const int64_t target : {HWY_AVX2, HWY_SSE4, HWY_SSSE3}) {
    if (std::string(hwy::TargetName(target)) != name) continue;
    hwy::DisableTargets(target - 1);
    // The best that is left; it may be a worse one where no code is for it.
    if ((hwy::SupportedTargets() & (target - 1)) == 0) return true;
  }
  std::cerr << "EXCISE_TEST_HIGHWAY: cannot hold Highway at " << name << '\n';
  std::exit(2);
}();

}  // namespace
