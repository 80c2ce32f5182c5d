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

}  // namespace excise

#endif  // EXCISE_EXPERIMENT_COMMON_MACHINE_H_
