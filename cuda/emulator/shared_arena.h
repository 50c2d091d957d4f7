// The arena of shared memory (shared_memory.h) of the block that runs, as the emulator sees it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/emulator/access.h"
#include "cuda/emulator/shared_memory.h"

namespace gpst::emulator {

// Of the smallest device that is built for, compute capability 8.0; and of arrays that are not
// dynamic.
inline constexpr size_t kSharedBytes = 163 * 1024;
inline constexpr size_t kStaticSharedBytes = 48 * 1024;

void begin_shared_launch(size_t dynamic_bytes);
void begin_shared_block(int threads);

// What threads did before is seen by all of the block, or by all of these lanes of a warp, after.
void order_block();
void order_lanes(int first_thread, uint32_t lanes, uint32_t live);

// An access of the current thread within the arena.
void check_shared(uintptr_t address, size_t bytes, AccessKind kind, const void* code);

}  // namespace gpst::emulator
