#include <cstdlib>
#include <cstring>

#include "tests/cuda/device_array.h"

namespace gpst::cuda {

DeviceBytes::DeviceBytes(size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  data_ = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(data_, 0xFF, bytes);
}
DeviceBytes::~DeviceBytes() { std::free(data_); }
void DeviceBytes::write(const void* host) {
  if (bytes_ > 0) std::memcpy(data_, host, bytes_);
}
void DeviceBytes::read(void* host) const {
  if (bytes_ > 0) std::memcpy(host, data_, bytes_);
}

}  // namespace gpst::cuda
