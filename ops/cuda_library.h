// libgpst_ops_cuda.so, which holds the CUDA kernels and brings LibTorch's CUDA half with it.
// Programs do not link it: it is opened when a CUDA device is wanted, so that everything else
// starts as fast in a build with CUDA as in one without, and needs no driver.
#pragma once

#include <string>
#include <vector>

namespace gpst {

struct CudaBuild {
  bool built = false;
  int version = 0;                      // of the toolkit: 13000 for 13.0
  std::vector<int> architectures = {};  // ascending: 80, 90, 100; PTX of the last is there, too
};

// What this program was built with.
const CudaBuild& cuda_build();

// "13.0: sm_80 sm_90 sm_100, PTX of the last"; "not in this build".
std::string cuda_build_text(const CudaBuild& build);

// Opens the library, once for the process; it lies beside libgpst_ops.so. Afterwards the ops have
// their CUDA kernels and LibTorch its own. Needs no driver and looks for none; callers want
// load_cuda_ops() of ops/device.h. Thread-safe. Throws DeviceError: no such library, or one whose
// own libraries are missing; LibTorch was asked about CUDA too early (it remembers that there was
// none).
void open_cuda_library();

}  // namespace gpst
