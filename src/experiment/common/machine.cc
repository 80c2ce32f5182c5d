#include "experiment/common/machine.h"

#include <cblas.h>
#include <fmt/format.h>
#include <hwy/targets.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <oneapi/dnnl/dnnl.hpp>

namespace excise {
Machine this_machine() {
  Machine machine;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      machine.cpu = line.substr(colon + 2);
      break;
    }
  }
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    machine.cores = static_cast<size_t>(std::max(1, CPU_COUNT(&allowed)));
  }
  return machine;
}

std::string processor_instructions() {
  // The lowest bit is the best target.
  const int64_t targets = hwy::SupportedTargets();
  return fmt::format(
      "{:#x}, {}, {}", static_cast<int>(dnnl::get_effective_cpu_isa()),
      openblas_get_corename(), hwy::TargetName(targets & -targets));
}

}  // namespace excise
