// Settings of the C library's allocator.
#pragma once

namespace gpst {

// Keeps freed memory instead of giving it back to the system. Buffers of networks are large and
// short-lived: the page faults of fresh ones would bound norms and activations (2.6 times slower).
// For a program to call once at its start; does nothing where the allocator has no such setting.
void keep_freed_memory();

}  // namespace gpst
