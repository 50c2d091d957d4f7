// The emulated device's memory. Kernels' accesses to it are checked; host code reaches it through
// the copies here only. With AddressSanitizer each allocation is a block of the heap instead, which
// that watches. Not for several host threads at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/emulator/access.h"

namespace gpst::emulator {

// 256-byte aligned, every byte 0xFF: NaN in every type; reading one in a kernel that neither a copy
// nor a kernel has written is a fault. Null for nothing. std::bad_alloc beyond 16 GiB.
void* allocate_device(size_t bytes);
void free_device(void* memory);
void copy_to_device(void* device, const void* host, size_t bytes);
void copy_from_device(void* host, const void* device, size_t bytes);

void check_device(uintptr_t address, size_t bytes, AccessKind kind, const void* code);

}  // namespace gpst::emulator
