// Kernels with an error in how they use memory, each with its corrected twin (planted = false).
#pragma once

#include <cstdint>

namespace gpst::cuda {

// Shared memory. Blocks of 64 threads; out [64].
enum class SharedError {
  none,
  past_static,       // `table` of 64 ints, thread 63 writes element 64
  before_static,     // thread 0 reads element -1
  past_dynamic,      // 64 ints, thread 63 reads element 64
  far_past_dynamic,  // element 5000
  index,             // an index beyond the array's declared size, through the array itself
  unwritten,         // element 63 is not written
  unwritten_dynamic,
  too_much,  // 50 KB of arrays that are not dynamic
};
void run_shared_error(SharedError planted, int* out);
// Two blocks: only the first writes; what the second reads is its own, unwritten.
void run_second_block(bool planted, int* out);

enum class Race {
  none,
  no_barrier,          // a warp reads what the other writes
  write_after_read,    // no barrier between the reads and the next writes
  same_warp,           // lanes exchange without __syncwarp
  two_warps_syncwarp,  // __syncwarp where __syncthreads is needed
  some_lanes,          // __syncwarp of half a warp, the other half reads
  two_writers,         // all write one element
  plain_after_atomic,  // a read among atomics
  bytes,               // neighbouring bytes of one word are nobody's race, the same byte is
};
void run_race(Race planted, int* out);

// Device memory.
enum class DeviceErrorCase {
  none,
  read_past,     // in [count], element count
  write_before,  // out [64], element -1
  unwritten,     // reads out before anyone wrote it
  atomic_past,
};
void run_device_error(DeviceErrorCase planted, int count, const int* in /* [count] */,
                      int* out /* [64] */);
// The launcher itself reads in[0].
void run_host_access(bool planted, const int* in /* [1] */, int* out /* [1] */);

enum class Undefined { none, misaligned, register_array, division, cast };
void run_undefined(Undefined planted, const float* in /* [68], 16-byte aligned */, int divisor,
                   float* out /* [4] */);

// Counts of values modulo 8, in shared memory by atomics: out [8].
void run_histogram(const int* values, int count, int* out);

}  // namespace gpst::cuda
