// Memory as the system sees it: the C library's allocator, and pages of mapped files.
#pragma once

#include <cstddef>
#include <span>

namespace gpst {

// Keeps freed memory instead of giving it back to the system. Buffers of networks are large and
// short-lived: the page faults of fresh ones would bound norms and activations (2.6 times slower).
// For a program to call once at its start; does nothing where the allocator has no such setting.
void keep_freed_memory();

// Takes whole pages within mapped bytes of a file, which nobody has written to, out of this
// process's memory; touched again, they are read from the file again.
void release_pages(std::span<const std::byte> mapped);

}  // namespace gpst
