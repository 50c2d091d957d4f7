// The calls that g++ -fsanitize=thread puts before every load and store of a kernel. libtsan is not
// linked: they come here.
#include "cuda/emulator/access.h"

namespace gpst::emulator {
void check_access(const volatile void*, size_t, AccessKind, const void*) {}
}  // namespace gpst::emulator

#define GPST_HOOK(name) \
  void name(void*) {}
extern "C" {
GPST_HOOK(__tsan_read1)
GPST_HOOK(__tsan_read2)
GPST_HOOK(__tsan_read4)
GPST_HOOK(__tsan_read8)
GPST_HOOK(__tsan_read16)
GPST_HOOK(__tsan_write1)
GPST_HOOK(__tsan_write2)
GPST_HOOK(__tsan_write4)
GPST_HOOK(__tsan_write8)
GPST_HOOK(__tsan_write16)
GPST_HOOK(__tsan_unaligned_read2)
GPST_HOOK(__tsan_unaligned_read4)
GPST_HOOK(__tsan_unaligned_read8)
GPST_HOOK(__tsan_unaligned_read16)
GPST_HOOK(__tsan_unaligned_write2)
GPST_HOOK(__tsan_unaligned_write4)
GPST_HOOK(__tsan_unaligned_write8)
GPST_HOOK(__tsan_unaligned_write16)
GPST_HOOK(__tsan_func_entry)
void __tsan_func_exit() {}
void __tsan_init() {}
void __tsan_read_range(void*, unsigned long) {}
void __tsan_write_range(void*, unsigned long) {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
}
