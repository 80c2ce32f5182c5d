// What results say about the machine: nothing that names a person or a host.
#ifndef EXCISE_EXPERIMENT_COMMON_MACHINE_H_
#define EXCISE_EXPERIMENT_COMMON_MACHINE_H_

#include <cstddef>
#include <string>

namespace excise {

struct Machine {
  std::string cpu;   // "model name" of /proc/cpuinfo; empty when not there
  size_t cores = 1;  // that this process may use
};

Machine this_machine();

// Which kernels are taken here: "0x1e, SkylakeX, AVX3_ZEN4", of oneDNN (its
// cpu_isa), OpenBLAS and Highway. Where that is the same, so are the numbers,
// to the bit.
std::string processor_instructions();

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_MACHINE_H_
