#include "base/allocator.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace gpst {

void keep_freed_memory() {
#ifdef M_MMAP_MAX
  mallopt(M_MMAP_MAX, 0);                 // take every buffer from the heap,
  mallopt(M_TRIM_THRESHOLD, 2047 << 20);  // whose end is given back only beyond 2 GiB
#endif
}

void release_pages(std::span<const std::byte> mapped) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(mapped.data());
  const std::uintptr_t first = (start + page - 1) / page * page;
  const std::uintptr_t end = (start + mapped.size()) / page * page;
  // A system that refuses keeps the pages; nothing else changes.
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace gpst
