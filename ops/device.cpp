#include "ops/device.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/system.h"

namespace gpst {
namespace {

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

// Why a device cannot be used, and what its user can do; nothing when it can.
struct Obstacle {
  std::string reason;
  std::string advice;
};

std::optional<Obstacle> obstacle(int index, const CudaBuild& build, const CudaDriver& driver) {
  if (!build.built) {
    return Obstacle{"this gpstoken was built without CUDA",
                    "use --device cpu, or build it with GPST_CUDA=ON scripts/build.sh"};
  }
  if (!driver.present) return Obstacle{driver.problem, "install it, or use --device cpu"};
  const int needed = build.version / 1000 * 1000;  // drivers of a major version know all its minors
  if (driver.version < needed) {
    return Obstacle{
        fmt::format("the NVIDIA driver speaks CUDA {}, and this build needs {} or newer",
                    cuda_version_text(driver.version), cuda_version_text(needed)),
        "update the driver, or use --device cpu"};
  }
  const int count = static_cast<int>(driver.devices.size());
  if (count == 0) {
    return Obstacle{driver.problem, "see what nvidia-smi lists, or use --device cpu"};
  }
  if (index >= count) {
    return Obstacle{
        fmt::format("this machine has {} CUDA device{}", count, count == 1 ? "" : "s"),
        count == 1 ? "use cuda:0" : fmt::format("use one of cuda:0 to cuda:{}", count - 1)};
  }
  const CudaDevice& device = driver.devices[static_cast<size_t>(index)];
  if (device.capability < build.architectures.front()) {
    return Obstacle{
        fmt::format("{} has compute capability {}, and this build has kernels for {} and newer",
                    device.name, capability_text(device.capability),
                    capability_text(build.architectures.front())),
        "use --device cpu"};
  }
  return std::nullopt;
}

// Keeps what LibTorch would print: it explains in a warning why it finds no device.
class Collector : public c10::WarningHandler {
 public:
  void process(const c10::Warning& warning) override { text_ += warning.msg(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Nothing when LibTorch finds the driver's devices, else why not.
std::optional<std::string> torch_lacks_cuda() {
  Collector collector;
  const c10::WarningUtils::WarningHandlerGuard guard(&collector);
  return at::hasCUDA() ? std::nullopt : std::optional(collector.text());
}

std::string cpu_description() { return fmt::format("cpu ({})", cpu_name()); }

ChosenDevice cuda_device(int index, const CudaDriver& driver) {
  return {.device = at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index)),
          .description =
              fmt::format("cuda:{} ({})", index, driver.devices[static_cast<size_t>(index)].name)};
}

ChosenDevice automatic_cpu(std::string_view reason, bool notable) {
  return {.description = fmt::format("{}, chosen by auto: {}", cpu_description(), reason),
          .notable = notable};
}

ChosenDevice automatic(const CudaBuild& build, const CudaDriver& driver) {
  const bool notable = build.built || !driver.devices.empty();
  const std::optional<Obstacle> found = obstacle(0, build, driver);
  if (found) return automatic_cpu(found->reason, notable);
  ChosenDevice chosen = cuda_device(0, driver);
  chosen.description += ", chosen by auto";
  chosen.notable = notable;
  return chosen;
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
  if (const auto found = obstacle(*index, build, driver)) {
    throw DeviceError(fmt::format("--device {}: {}; {}", name, found->reason, found->advice));
  }
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
  if (const auto found = obstacle(0, cuda_build(), cuda_driver())) {
    throw DeviceError(fmt::format("{}; {}", found->reason, found->advice));
  }
  open_cuda_library();
  if (const auto reason = torch_lacks_cuda()) {
    throw DeviceError(fmt::format(
        "LibTorch finds no CUDA device although the driver has {} of them ({}); update "
        "the driver to one for CUDA {}, or use --device cpu",
        cuda_driver().devices.size(), *reason, cuda_version_text(cuda_build().version)));
  }
}

}  // namespace gpst
