#include "math/linalg/blas_memory.h"

#include <vector>

// Of OpenBLAS; absent from others that have its interface.
extern "C" {
[[gnu::weak]] void* blas_memory_alloc(int);
[[gnu::weak]] void blas_memory_free(void*);
}

namespace excise {

void reserve_blas_memory(int callers) {
  if (blas_memory_alloc == nullptr || blas_memory_free == nullptr) return;
  std::vector<void*> buffers;
  for (int i = 0; i < callers; ++i) buffers.push_back(blas_memory_alloc(0));
  for (void* buffer : buffers) blas_memory_free(buffer);
}

}  // namespace excise
