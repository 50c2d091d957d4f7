#include "ops/device.h"

#include <ATen/Context.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/system.h"

namespace gpst {
namespace {

constexpr const char* kDoWithout = "use --device cpu";

// The N of "cuda:N", 0 of "cuda", nothing of other names.
std::optional<int> cuda_index(std::string_view name) {
  if (!name.starts_with("cuda")) return std::nullopt;
  name.remove_prefix(4);
  if (name.empty()) return 0;
  if (name.front() != ':') return std::nullopt;
  name.remove_prefix(1);
  int index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  // LibTorch counts devices in one byte.
  const bool valid = error == std::errc{} && end == name.data() + name.size() && index >= 0 &&
                     index <= 127 && name.front() != '-';
  return valid ? std::optional(index) : std::nullopt;
}

// Why device `index` cannot be used, with what to do; empty when it can.
std::string obstacle(int index, const CudaBuild& build, const CudaDriver& driver) {
  if (!build.built) {
    return fmt::format(
        "this gpstoken was built without CUDA; {}, or build it with GPST_CUDA=ON scripts/build.sh",
        kDoWithout);
  }
  if (!driver.present) return fmt::format("{}; install it, or {}", driver.problem, kDoWithout);
  if (driver.version / 1000 < build.version / 1000) {
    return fmt::format(
        "the NVIDIA driver speaks CUDA {}, and this build needs {} or newer; update the driver, "
        "or {}",
        cuda_version_text(driver.version), cuda_version_text(build.version / 1000 * 1000),
        kDoWithout);
  }
  const int count = static_cast<int>(driver.devices.size());
  if (count == 0) {
    return fmt::format("{}; nvidia-smi should list one, else {}", driver.problem, kDoWithout);
  }
  if (index >= count) {
    return fmt::format("this machine has {} CUDA device{}, counted from 0; use one of {}", count,
                       count == 1 ? "" : "s",
                       count == 1 ? "cuda:0" : fmt::format("cuda:0 to cuda:{}", count - 1));
  }
  const CudaDevice& device = driver.devices[static_cast<size_t>(index)];
  if (device.capability < build.architectures.front()) {
    return fmt::format(
        "{} has compute capability {}, and this build has kernels for {} and newer; {}",
        device.name, capability_text(device.capability),
        capability_text(build.architectures.front()), kDoWithout);
  }
  return {};
}

std::string cpu_description() { return fmt::format("cpu ({})", cpu_name()); }

ChosenDevice cuda_device(int index, const CudaDriver& driver) {
  return {.device = at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index)),
          .description =
              fmt::format("cuda:{} ({})", index, driver.devices[static_cast<size_t>(index)].name)};
}

ChosenDevice automatic_cpu(const std::string& obstacle, bool notable) {
  return {.description = fmt::format("{}, chosen by auto: {}", cpu_description(), obstacle),
          .notable = notable};
}

ChosenDevice automatic(const CudaBuild& build, const CudaDriver& driver) {
  const std::string reason = obstacle(0, build, driver);
  if (reason.empty()) {
    ChosenDevice chosen = cuda_device(0, driver);
    chosen.description += ", chosen by auto";
    return chosen;
  }
  return automatic_cpu(reason, build.built || !driver.devices.empty());
}

}  // namespace

ChosenDevice choose_device(std::string_view name, const CudaBuild& build,
                           const CudaDriver& driver) {
  if (name == "cpu") return {.description = cpu_description()};
  if (name == "auto") return automatic(build, driver);
  const std::optional<int> index = cuda_index(name);
  if (!index) {
    throw UsageError(
        fmt::format("--device {}: expected auto, cpu, cuda or cuda:N (N a number)", name));
  }
  const std::string reason = obstacle(*index, build, driver);
  if (!reason.empty()) throw DeviceError(fmt::format("--device {}: {}", name, reason));
  return cuda_device(*index, driver);
}

ChosenDevice choose_device(std::string_view name) {
  if (name == "cpu") return choose_device(name, {}, {});  // without asking the driver
  ChosenDevice chosen = choose_device(name, cuda_build(), cuda_driver());
  if (!chosen.device.is_cuda()) return chosen;
  try {
    load_cuda_ops();
  } catch (const DeviceError& error) {
    if (name != "auto") throw;
    return automatic_cpu(error.what(), true);
  }
  return chosen;
}

void load_cuda_ops() {
  const std::string reason = obstacle(0, cuda_build(), cuda_driver());
  if (!reason.empty()) throw DeviceError("CUDA: " + reason);
  open_cuda_library();
  if (!at::hasCUDA()) {
    throw DeviceError(fmt::format(
        "LibTorch finds no CUDA device although the driver has {}; is the driver older than "
        "CUDA {}? Update it, or {}",
        cuda_driver().devices.size(), cuda_version_text(cuda_build().version), kDoWithout));
  }
}

}  // namespace gpst
