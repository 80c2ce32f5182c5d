#include "core/threads.h"

#include <omp.h>

namespace excise {

int use_threads(int threads) {
  const int taken = threads > 0 ? threads : omp_get_num_procs();
  omp_set_num_threads(taken);
  return taken;
}

}  // namespace excise
