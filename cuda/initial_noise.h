// The random states that samplers start from, and any other noise of pictures (numerics section 7).
#pragma once

#include <cstdint>

#include "base/philox.h"
#include "cuda/stream.h"

namespace gpst::cuda {

// states[b, i] = normal number i of PhiloxStream(seed, pictures[b], purpose, step), to one unit in
// the last place. Nothing is launched when there is no picture or no value. InputError when a
// picture's values or their blocks do not fit an int, or step is not in [0, 2^24).
void initial_noise(const int64_t* pictures,  // [B]
                   float* states,            // [B, values], written
                   int64_t batch, int64_t values, uint64_t seed, Purpose purpose, int64_t step,
                   Stream stream);

}  // namespace gpst::cuda
