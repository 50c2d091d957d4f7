#include "cuda/emulator/access.h"

#include "cuda/emulator/device_memory.h"
#include "cuda/emulator/shared_arena.h"

namespace gpst::emulator {

constinit CheckedRanges checked_ranges;

void check_access(uintptr_t address, size_t bytes, AccessKind kind, const void* code) {
#if defined(GPST_ACCESSES_UNSEEN)
  // Only the calls for atomics arrive; what plain accesses wrote is not known.
  static_cast<void>(address), static_cast<void>(bytes), static_cast<void>(kind),
      static_cast<void>(code);
#else
  if (address - checked_ranges.device_begin < checked_ranges.device_bytes) {
    check_device(address, bytes, kind, code);
  } else if (address - checked_ranges.shared_begin < checked_ranges.shared_bytes) {
    check_shared(address, bytes, kind, code);
  }
#endif
}

}  // namespace gpst::emulator
