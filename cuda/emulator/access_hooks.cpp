// The calls that g++ -fsanitize=thread puts before every load and store of a kernel. libtsan is not
// linked: they come here.
#include "cuda/emulator/access.h"

using gpst::emulator::AccessKind;

#define GPST_HOOK(name, bytes, kind)                                                 \
  void name(void* place) {                                                           \
    const auto address = reinterpret_cast<uintptr_t>(place);                         \
    if (!gpst::emulator::is_checked(address)) [[likely]]                             \
      return;                                                                        \
    gpst::emulator::check_access(address, bytes, kind, __builtin_return_address(0)); \
  }
#define GPST_HOOKS(bytes)                                           \
  GPST_HOOK(__tsan_read##bytes, bytes, AccessKind::read)            \
  GPST_HOOK(__tsan_write##bytes, bytes, AccessKind::write)          \
  GPST_HOOK(__tsan_volatile_read##bytes, bytes, AccessKind::read)   \
  GPST_HOOK(__tsan_volatile_write##bytes, bytes, AccessKind::write) \
  GPST_HOOK(__tsan_unaligned_read##bytes, bytes, AccessKind::read)  \
  GPST_HOOK(__tsan_unaligned_write##bytes, bytes, AccessKind::write)

extern "C" {

GPST_HOOKS(1)
GPST_HOOKS(2)
GPST_HOOKS(4)
GPST_HOOKS(8)
GPST_HOOKS(16)

void __tsan_read_range(void* place, unsigned long bytes) {
  if (bytes > 0 && gpst::emulator::is_checked(reinterpret_cast<uintptr_t>(place))) {
    gpst::emulator::check_access(reinterpret_cast<uintptr_t>(place), bytes, AccessKind::read,
                                 __builtin_return_address(0));
  }
}
void __tsan_write_range(void* place, unsigned long bytes) {
  if (bytes > 0 && gpst::emulator::is_checked(reinterpret_cast<uintptr_t>(place))) {
    gpst::emulator::check_access(reinterpret_cast<uintptr_t>(place), bytes, AccessKind::write,
                                 __builtin_return_address(0));
  }
}

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

}  // extern "C"
