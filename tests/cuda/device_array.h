// Memory of the device for a test of a kernel: the GPU's, or the emulator's, which checks every
// access of a kernel to it.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace gpst::cuda {

// Untyped memory; defined twice, by device_array_emulated.cpp and device_array_gpu.cpp.
class DeviceBytes {
 public:
  explicit DeviceBytes(size_t bytes);  // nothing written yet: reading it in a kernel is a fault
  ~DeviceBytes();
  DeviceBytes(DeviceBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  DeviceBytes& operator=(DeviceBytes&&) = delete;

  void* data() const { return data_; }
  void write(const void* host);  // all of it, in the order of the null stream
  void read(void* host) const;   // waits for the null stream

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

template <class T>
class DeviceArray {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>);

 public:
  explicit DeviceArray(size_t count) : bytes_(count * sizeof(T)), count_(count) {}
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    bytes_.write(values.data());
  }

  T* data() const { return static_cast<T*>(bytes_.data()); }
  size_t size() const { return count_; }
  std::vector<T> read() const {
    std::vector<T> values(count_);
    bytes_.read(values.data());
    return values;
  }
  void write(const std::vector<T>& values) { bytes_.write(values.data()); }  // size() of them

 private:
  DeviceBytes bytes_;
  size_t count_;
};

}  // namespace gpst::cuda
