// Counts the arithmetic of LibTorch's products while they run.
#pragma once

#include <cstdint>
#include <functional>

namespace gpst::bench {

struct Products {
  double flop = 0;     // 2 a multiply-add, of convolutions, matrix products and attention, exactly
  double seconds = 0;  // spent in them
  double whole = 0;    // seconds of the work
};

// Runs `work` on this thread and says which products it computed here, gradients included.
Products count_products(const std::function<void()>& work);

}  // namespace gpst::bench
