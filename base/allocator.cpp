#include "base/allocator.h"

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

}  // namespace gpst
