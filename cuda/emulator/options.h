// In which order the blocks of a grid and the threads of a block run, and how strict the emulator
// is. For tests: set by a scope, for launches of every thread of the program. Outside of scopes the
// environment variable GPST_EMULATOR_ORDER may be forward, reverse or shuffled.
#pragma once

#include <cstdint>

namespace gpst::emulator {

enum class Order { forward, reverse, shuffled };

struct Options {
  Order order = Order::forward;
  uint64_t seed = 0;  // of the shuffle of blocks, and of one for the threads of each block
  // A thread that has exited does not hold up a barrier, on a GPU of compute capability 7.0 or
  // more. Strict: it is a fault nevertheless.
  bool strict_exits = false;
};

const Options& options();

class OptionsScope {
 public:
  explicit OptionsScope(const Options& options);
  ~OptionsScope();
  OptionsScope(const OptionsScope&) = delete;
  OptionsScope& operator=(const OptionsScope&) = delete;

 private:
  Options before_;
};

}  // namespace gpst::emulator
