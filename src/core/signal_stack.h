// A stack of their own for signal handlers.
//
// oneDNN's generated matrix products keep their stack pointer in a buffer on
// the heap while they work (`mov(rsp, ARG_WS)` in its jit_avx_gemm_f32.cpp and
// its sisters). A handler that runs on the thread's own stack then writes its
// frame over whatever lies below that buffer. Handlers with SA_ONSTACK do not,
// once the thread has an alternate stack.
#ifndef EXCISE_CORE_SIGNAL_STACK_H_
#define EXCISE_CORE_SIGNAL_STACK_H_

namespace excise {

// Gives the calling thread an alternate stack until it ends. One that it
// already has, from whomever, is kept.
void use_signal_stack();

// The same for the calling thread and the threads of its parallel loops.
void use_signal_stacks();

}  // namespace excise

#endif  // EXCISE_CORE_SIGNAL_STACK_H_
