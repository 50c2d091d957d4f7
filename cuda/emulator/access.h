// The check of one access of a kernel to memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gpst::emulator {

enum class AccessKind : uint8_t { read, write, atomic };

// `code`: the return address into the kernel, for the report. Does not return after a fault.
void check_access(const volatile void* address, size_t bytes, AccessKind kind, const void* code);

}  // namespace gpst::emulator
