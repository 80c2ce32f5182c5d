// How many threads parallel loops and products take.
#ifndef EXCISE_CORE_THREADS_H_
#define EXCISE_CORE_THREADS_H_

namespace excise {

// For all that this thread starts from now on; 0: as many as this process may
// use. Gives the number taken.
int use_threads(int threads);

}  // namespace excise

#endif  // EXCISE_CORE_THREADS_H_
