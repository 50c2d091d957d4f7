// The check of one access of a kernel to memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gpst::emulator {

enum class AccessKind : uint8_t { read, write, atomic };

// Where memory lies whose accesses are checked; anything else (stacks, constants, tensors of
// LibTorch) passes.
struct CheckedRanges {
  uintptr_t shared_begin = 0, shared_bytes = 0;
  uintptr_t device_begin = 0, device_bytes = 0;
};
extern CheckedRanges checked_ranges;

// `code`: the return address into the kernel, for the report. Does not return after a fault.
void check_access(uintptr_t address, size_t bytes, AccessKind kind, const void* code);

inline bool is_checked(uintptr_t address) {
  return address - checked_ranges.shared_begin < checked_ranges.shared_bytes ||
         address - checked_ranges.device_begin < checked_ranges.device_bytes;
}

}  // namespace gpst::emulator
