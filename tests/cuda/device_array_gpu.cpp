#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <stdexcept>
#include <string>

#include "tests/cuda/device_array.h"

namespace gpst::cuda {
namespace {

void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
  }
}

}  // namespace

DeviceBytes::DeviceBytes(size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  check(cudaMalloc(&data_, bytes), "cudaMalloc");
  // What a test reads without having written it shows: NaN in every type.
  check(cudaMemset(data_, 0xFF, bytes), "cudaMemset");
}

DeviceBytes::~DeviceBytes() { cudaFree(data_); }

void DeviceBytes::write(const void* host) {
  if (bytes_ > 0) check(cudaMemcpy(data_, host, bytes_, cudaMemcpyHostToDevice), "cudaMemcpy");
}

void DeviceBytes::read(void* host) const {
  if (bytes_ > 0) check(cudaMemcpy(host, data_, bytes_, cudaMemcpyDeviceToHost), "cudaMemcpy");
}

}  // namespace gpst::cuda

// Exit status 77 is ctest's sign of a test that was skipped. A device that cannot be used is a
// failure.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status == cudaErrorNoDevice || status == cudaErrorInsufficientDriver) {
    std::printf("skipped: %s\n", cudaGetErrorString(status));
    return 77;
  }
  gpst::cuda::check(status, "cudaGetDeviceCount");
  return RUN_ALL_TESTS();
}
