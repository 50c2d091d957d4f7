#include "cuda/emulator/shared_arena.h"

#include <sys/mman.h>

#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "cuda/emulator/machine.h"
#include "cuda/emulator/report.h"
#include "cuda/emulator/shadow.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, bytes)
#define ASAN_UNPOISON_MEMORY_REGION(begin, bytes)
#endif

namespace gpst::emulator {
namespace {

constexpr size_t kArenaBytes = size_t{4} << 20;
constexpr size_t kRedZone = 256;  // between arrays, at least

struct Array {
  const char* name;
  size_t begin, bytes;  // in the arena
};

struct Arena {
  std::byte* memory = nullptr;
  size_t used = 0, static_bytes = 0;
  std::vector<Array> arrays;  // of the launch; dynamic shared memory first
  std::vector<Shadow> shadows;
  size_t last = 0;  // array of the last access
  Ordering ordering;
};

Arena the_arena;

std::byte* add_array(Arena& a, const char* name, size_t bytes, size_t alignment) {
  const size_t begin = (a.used + kRedZone + 127) / 128 * 128;
  a.arrays.push_back({name, begin, bytes});
  if (a.shadows.size() < a.arrays.size()) a.shadows.emplace_back();
  a.shadows[a.arrays.size() - 1].resize(bytes, alignment);
  a.used = begin + bytes;
  ASAN_UNPOISON_MEMORY_REGION(a.memory + begin, bytes);
  std::memset(a.memory + begin, 0xFF, bytes);
  return a.memory + begin;
}

void map_arena(Arena& a) {
  void* mapped = mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  a.memory = static_cast<std::byte*>(mapped);
  checked_ranges.shared_begin = reinterpret_cast<uintptr_t>(mapped);
  checked_ranges.shared_bytes = kArenaBytes;
}

// The array in front of the access, or that behind it where it is nearer.
size_t nearest_array(const Arena& a, size_t offset) {
  size_t nearest = 0;
  for (size_t i = 1; i < a.arrays.size(); ++i) {
    const size_t end_before = a.arrays[i - 1].begin + a.arrays[i - 1].bytes;
    if (offset >= end_before && a.arrays[i].begin < offset + (offset - end_before)) nearest = i;
  }
  return nearest;
}

[[noreturn]] void fail_access(const Arena& a, size_t index, size_t offset, size_t bytes,
                              AccessKind kind, const void* code, const ShadowResult& result) {
  FaultKind fault = FaultKind::out_of_range;
  if (result.finding == ShadowFinding::unwritten) fault = FaultKind::unwritten;
  if (result.finding == ShadowFinding::race) fault = FaultKind::race;
  fail(fault, [&] {
    const Array& array = a.arrays[index];
    const Access access{kind,
                        bytes,
                        static_cast<int64_t>(offset) - static_cast<int64_t>(array.begin),
                        std::string("shared array ") + array.name,
                        array.bytes,
                        code};
    if (fault == FaultKind::unwritten) return describe_unwritten(machine(), access);
    if (fault == FaultKind::race) return describe_race(machine(), access, result);
    return describe_out_of_range(machine(), access);
  });
}

}  // namespace

void begin_shared_launch(size_t dynamic_bytes) {
  Arena& a = the_arena;
  if (a.memory == nullptr) map_arena(a);
  if (a.ordering.must_restart()) {
    for (Shadow& shadow : a.shadows) shadow.clear();
    a.ordering.restart();
  }
  ASAN_POISON_MEMORY_REGION(a.memory, kArenaBytes);
  a.arrays.clear();
  a.used = a.static_bytes = a.last = 0;
  add_array(a, "(dynamic)", dynamic_bytes, 16);
}

void begin_shared_block(int threads) {
  Arena& a = the_arena;
  for (const Array& array : a.arrays) std::memset(a.memory + array.begin, 0xFF, array.bytes);
  a.ordering.begin_block(threads);
}

void* shared_array(SharedDeclaration& declaration) {
  Machine& m = machine();
  if (declaration.launch == m.launch) return declaration.memory;
  Arena& a = the_arena;
  a.static_bytes += (declaration.bytes + 15) / 16 * 16;
  const size_t all = a.static_bytes + a.arrays.front().bytes;
  if (a.static_bytes > kStaticSharedBytes || all > kSharedBytes) {
    fail(FaultKind::resources, [&] {
      return launch_text(m) + ": shared array " + declaration.name + " makes it " +
             std::to_string(a.static_bytes) + " bytes of shared arrays, at most " +
             std::to_string(kStaticSharedBytes) + ", and " + std::to_string(all) +
             " bytes of shared memory, at most " + std::to_string(kSharedBytes);
    });
  }
  declaration.launch = m.launch;
  declaration.memory = add_array(a, declaration.name, declaration.bytes, declaration.alignment);
  return declaration.memory;
}

void* dynamic_shared() {
  const Arena& a = the_arena;
  return a.memory + a.arrays.front().begin;
}

void order_block() { the_arena.ordering.order_block(); }
void order_lanes(int first_thread, uint32_t lanes, uint32_t live) {
  the_arena.ordering.order_lanes(first_thread, lanes, live);
}

void check_shared(uintptr_t address, size_t bytes, AccessKind kind, const void* code) {
  Arena& a = the_arena;
  const size_t offset = address - checked_ranges.shared_begin;
  const auto contains = [&](const Array& array) {
    return offset >= array.begin && offset + bytes <= array.begin + array.bytes;
  };
  size_t index = a.last;
  if (!contains(a.arrays[index])) {
    index = 0;
    while (index < a.arrays.size() && !contains(a.arrays[index])) ++index;
    if (index == a.arrays.size()) {
      fail_access(a, nearest_array(a, offset), offset, bytes, kind, code, {});
    }
    a.last = index;
  }
  const ShadowResult result = a.shadows[index].access(
      a.ordering, machine().current->number, offset - a.arrays[index].begin, bytes, kind, code);
  if (result.finding != ShadowFinding::none) {
    fail_access(a, index, offset, bytes, kind, code, result);
  }
}

}  // namespace gpst::emulator
