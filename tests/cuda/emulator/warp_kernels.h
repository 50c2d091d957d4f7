// Operations of warps, and their errors.
#pragma once

#include <cstdint>

namespace gpst::cuda {

// Every operation once: a row of results a lane. `threads` in one block; mask of each warp `mask`,
// lanes outside do nothing.
inline constexpr int kWarpResults = 20;
void run_warp_operations(int threads, unsigned mask, int operand, int width,
                         const int* values /* [threads] */,
                         int64_t* results /* [threads, kWarpResults] */);
// Shuffles of 8-byte and float values: lane i takes lane 31 - i's.
void run_wide_shuffles(const double* values /* [32] */, double* reversed /* [32] */,
                       int64_t* reversed_words /* [32] */, float* reversed_floats /* [32] */);

enum class WarpError { none, mask, operation, exited, without_self, absent_source };
void run_warp_error(WarpError planted, int threads, int* out /* [threads] */);

}  // namespace gpst::cuda
