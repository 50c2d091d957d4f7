// A libcuda.so.1 for tests of what gpstoken says about drivers and devices. FAKE_CUDA tells what it
// is: "VERSION INIT DEVICES", for example "13000 0 2": the version of CUDA, the code that cuInit
// returns, and the number of devices.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Machine {
  int version = 0;
  int init = 0;
  int devices = 0;
};

Machine machine() {
  Machine found;
  const char* text = std::getenv("FAKE_CUDA");
  if (text != nullptr) std::sscanf(text, "%d %d %d", &found.version, &found.init, &found.devices);
  return found;
}

}  // namespace

extern "C" {

int cuDriverGetVersion(int* version) { return *version = machine().version, 0; }
int cuInit(unsigned /*flags*/) { return machine().init; }
int cuDeviceGetCount(int* count) { return *count = machine().devices, 0; }
int cuDeviceGet(int* device, int index) { return *device = index, 0; }
int cuDeviceGetName(char* name, int size, int device) {
  std::snprintf(name, static_cast<size_t>(size), "Fake %d", device);
  return 0;
}
int cuDeviceTotalMem_v2(size_t* bytes, int /*device*/) { return *bytes = size_t{8} << 30, 0; }
int cuDeviceGetAttribute(int* value, int attribute, int /*device*/) {
  return *value = attribute == 75 ? 9 : 0, 0;
}
int cuGetErrorString(int code, const char** text) {
  return *text = code == 999 ? "unknown error" : "no such code", 0;
}

}  // extern "C"
