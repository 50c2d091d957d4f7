// Where LibTorch's large buffers come from.
#pragma once

namespace gpst {

// Gives LibTorch's large buffers on the CPU a region of their own, from now on and in the whole
// process. Freed ones stay mapped, join their neighbours and are given out again, lowest address
// first, so that the buffers of a network pass through the same few pages: fresh pages cost more
// than a norm, and the C library's aligned blocks seldom fit where one like them was freed. Only a
// free end of more than 2 GiB goes back to the system.
// For a program to call once at its start, beside keep_freed_memory() (base/allocator.h). Does
// nothing where the system does not give the region.
void install_activation_arena();

}  // namespace gpst
