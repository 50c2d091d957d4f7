#include "ops/cuda_driver.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

namespace gpst {
namespace {

// The part of the driver's interface that is used (cuda.h, which builds without CUDA do not have).
// Every function returns 0 or the code of an error.
constexpr const char* kLibrary = "libcuda.so.1";
constexpr int kNoDevice = 100;        // CUDA_ERROR_NO_DEVICE
constexpr int kCapabilityMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
constexpr int kCapabilityMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR
constexpr const char* kMemory = "cuDeviceTotalMem_v2";

class Library {
 public:
  explicit Library(void* handle) : handle_(handle) {}

  // False when the driver lacks the function or it returns an error, which last_error() explains.
  template <class... Args>
  bool call(const char* name, Args... args) {
    const auto function = reinterpret_cast<int (*)(Args...)>(dlsym(handle_, name));
    if (function == nullptr) return error_ = fmt::format("it has no {}", name), false;
    code_ = function(args...);
    if (code_ != 0) error_ = fmt::format("{} says: {}", name, text_of(code_));
    return code_ == 0;
  }
  int last_code() const { return code_; }
  const std::string& last_error() const { return error_; }

 private:
  std::string text_of(int code) const {
    const auto text =
        reinterpret_cast<int (*)(int, const char**)>(dlsym(handle_, "cuGetErrorString"));
    const char* found = nullptr;
    if (text != nullptr) text(code, &found);
    return fmt::format("{} (error {})", found != nullptr ? found : "no explanation", code);
  }

  void* handle_;
  int code_ = 0;
  std::string error_;
};

std::string no_device_text() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return "the NVIDIA driver finds no device";
  return fmt::format("the NVIDIA driver shows no device (CUDA_VISIBLE_DEVICES is '{}')", visible);
}

bool describe(Library& library, int index, CudaDevice& device) {
  int handle = 0, major = 0, minor = 0;
  size_t memory = 0;
  char name[256] = {};
  if (!library.call("cuDeviceGet", &handle, index) ||
      !library.call("cuDeviceGetName", &name[0], static_cast<int>(sizeof(name) - 1), handle) ||
      !library.call(kMemory, &memory, handle) ||
      !library.call("cuDeviceGetAttribute", &major, kCapabilityMajor, handle) ||
      !library.call("cuDeviceGetAttribute", &minor, kCapabilityMinor, handle)) {
    return false;
  }
  device = {
      .name = name, .capability = 10 * major + minor, .memory_bytes = static_cast<int64_t>(memory)};
  return true;
}

CudaDriver ask() {
  CudaDriver driver;
  void* handle = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    driver.problem = fmt::format("no NVIDIA driver was found ({})", kLibrary);
    return driver;
  }
  // Never closed: drivers do not like to be.
  driver.present = true;
  Library library(handle);
  int count = 0;
  library.call("cuDriverGetVersion", &driver.version);
  if (!library.call("cuInit", 0u) || !library.call("cuDeviceGetCount", &count)) {
    driver.problem = library.last_code() == kNoDevice
                         ? no_device_text()
                         : "the NVIDIA driver cannot be used: " + library.last_error();
    return driver;
  }
  if (count == 0) driver.problem = no_device_text();
  for (int i = 0; i < count; ++i) {
    CudaDevice device;
    if (!describe(library, i, device)) {
      driver.problem =
          fmt::format("the NVIDIA driver cannot describe device {}: {}", i, library.last_error());
      driver.devices.clear();
      break;
    }
    driver.devices.push_back(std::move(device));
  }
  return driver;
}

}  // namespace

const CudaDriver& cuda_driver() {
  static const CudaDriver driver = ask();
  return driver;
}

std::string cuda_version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string capability_text(int capability) {
  return fmt::format("{}.{}", capability / 10, capability % 10);
}

}  // namespace gpst
