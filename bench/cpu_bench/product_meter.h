// Counts the arithmetic of LibTorch's products while they run.
#pragma once

#include <cstdint>
#include <functional>

namespace gpst::bench {

struct Products {
  double flop = 0;     // 2 a multiply-add, of convolutions, matrix products and attention, exactly
  double seconds = 0;  // spent in them, of all threads together
  double whole = 0;    // seconds of the work by the clock
};

// Runs `work` and says which products the whole process computed meanwhile, gradients included.
Products count_products(const std::function<void()>& work);

}  // namespace gpst::bench
