#include "cli/device.h"

#include <fmt/format.h>

#include <regex>

#include "base/error.h"
#include "base/system.h"

namespace gpst {

void check_device(const CommonOptions& common, Log& log) {
  const std::string& device = common.device;
  if (std::regex_match(device, std::regex("cuda(:[0-9]+)?"))) {
    throw DeviceError(fmt::format(
        "--device {}: this gpstoken was built without CUDA; use --device cpu or auto", device));
  }
  if (device != "auto" && device != "cpu") {
    throw UsageError(
        fmt::format("--device {}: expected auto, cpu, cuda or cuda:N (N a number)", device));
  }
  log.verbose(fmt::format("device: cpu{} ({}, {} threads)",
                          device == "auto" ? " chosen by auto" : "", cpu_name(),
                          common.worker_threads()));
}

}  // namespace gpst
