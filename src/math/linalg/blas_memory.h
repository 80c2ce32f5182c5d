// Memory that OpenBLAS works in.
#ifndef EXCISE_MATH_LINALG_BLAS_MEMORY_H_
#define EXCISE_MATH_LINALG_BLAS_MEMORY_H_

namespace excise {

// Takes the buffers of `callers` calls at once and gives them back to OpenBLAS,
// which keeps them. Where it finds no memory for a buffer it tries for ever; so
// a program under a limit takes them at its start, while they are to be had.
void reserve_blas_memory(int callers);

}  // namespace excise

#endif  // EXCISE_MATH_LINALG_BLAS_MEMORY_H_
