#include "cli/device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ops/device.h"

namespace gpst {

at::Device check_device(const Command& command, const CommonOptions& common, Log& log) {
  if (common.device == "auto" && command.computes == Command::Computes::no) return at::kCPU;
  const ChosenDevice chosen = choose_device(common.device);
  const std::string line =
      fmt::format("device: {}; {} threads", chosen.description, common.worker_threads());
  if (chosen.notable) {
    log.info(line);
  } else {
    log.verbose(line);
  }
  return chosen.device;
}

std::string cuda_summary() {
  const std::vector<std::string> devices = cuda_device_names();
  return fmt::format(
      "CUDA {}; {}", cuda_build_text(cuda_build()),
      devices.empty() ? cuda_driver().problem : fmt::format("{}", fmt::join(devices, ", ")));
}

std::vector<std::string> cuda_device_names() {
  constexpr int64_t kMiB = 1 << 20;
  std::vector<std::string> names;
  for (const CudaDevice& device : cuda_driver().devices) {
    names.push_back(fmt::format("cuda:{} ({}, compute capability {}, {} MiB)", names.size(),
                                device.name, capability_text(device.capability),
                                device.memory_bytes / kMiB));
  }
  return names;
}

}  // namespace gpst
