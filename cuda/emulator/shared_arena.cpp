#include "cuda/emulator/shared_arena.h"

#include <cstring>
#include <new>
#include <vector>

#include "cuda/emulator/machine.h"
#include "cuda/emulator/report.h"

namespace gpst::emulator {
namespace {

struct Arena {
  std::vector<std::byte> memory = std::vector<std::byte>(1 << 20);
  size_t dynamic_bytes = 0, used = 0;
  std::byte* base() {
    return memory.data() + (256 - reinterpret_cast<uintptr_t>(memory.data()) % 256);
  }
};
Arena& arena() {
  static Arena a;
  return a;
}

}  // namespace

void begin_shared_launch(const char*, size_t dynamic_bytes) {
  arena().dynamic_bytes = dynamic_bytes;
  arena().used = (dynamic_bytes + 511) / 256 * 256;
}
void begin_shared_memory() { std::memset(arena().base(), 0xFF, arena().used); }

void* shared_array(SharedDeclaration& declaration) {
  Machine& m = machine();
  if (declaration.launch != m.launch) {
    declaration.launch = m.launch;
    declaration.memory = arena().base() + arena().used;
    arena().used += (declaration.bytes + 511) / 256 * 256;
  }
  return declaration.memory;
}
void* dynamic_shared() { return arena().base(); }

void order_block() {}
void order_lanes(int, unsigned) {}

}  // namespace gpst::emulator
