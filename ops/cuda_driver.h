// What NVIDIA's driver says of this machine. The driver is asked itself, without LibTorch and
// without the CUDA runtime, so that asking is cheap, and possible in builds without CUDA.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gpst {

struct CudaDevice {
  std::string name = {};  // as its maker calls it
  int capability = 0;     // ten times the compute capability: 90 for 9.0
  int64_t memory_bytes = 0;
};

struct CudaDriver {
  bool present = false;
  int version = 0;                       // of CUDA that it speaks: 13000 for 13.0
  std::vector<CudaDevice> devices = {};  // those CUDA_VISIBLE_DEVICES lets through, in its order
  std::string problem = {};              // why there are no devices
};

// Asks once and remembers. Never throws: what goes wrong stands in `problem`.
const CudaDriver& cuda_driver();

// 13000 -> "13.0"; for messages.
std::string cuda_version_text(int version);

// 90 -> "9.0"; for messages.
std::string capability_text(int capability);

}  // namespace gpst
