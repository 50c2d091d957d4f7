// What a launcher refuses: sizes that an int cannot index. InputError naming kernel and size.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/error.h"

namespace gpst::cuda {

inline void check_fits_int(const char* kernel, const char* what, int64_t size) {
  if (size >= 0 && size <= std::numeric_limits<int>::max()) return;
  throw InputError(std::string(kernel) + ": " + what + " must be at most " +
                   std::to_string(std::numeric_limits<int>::max()) + ", found " +
                   std::to_string(size) + "; use a smaller batch or picture");
}

// Steps of random numbers take 24 bits of a Philox counter.
inline void check_philox_step(const char* kernel, int64_t step) {
  constexpr int64_t kLimit = int64_t{1} << 24;
  if (step >= 0 && step < kLimit) return;
  throw InputError(std::string(kernel) + ": step must be in [0, " + std::to_string(kLimit) +
                   "), found " + std::to_string(step));
}

}  // namespace gpst::cuda
