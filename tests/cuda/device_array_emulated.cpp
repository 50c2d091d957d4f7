#include "cuda/emulator/device_memory.h"
#include "tests/cuda/device_array.h"

namespace gpst::cuda {

DeviceBytes::DeviceBytes(size_t bytes) : data_(emulator::allocate_device(bytes)), bytes_(bytes) {}
DeviceBytes::~DeviceBytes() { emulator::free_device(data_); }
void DeviceBytes::write(const void* host) { emulator::copy_to_device(data_, host, bytes_); }
void DeviceBytes::read(void* host) const { emulator::copy_from_device(host, data_, bytes_); }

}  // namespace gpst::cuda
