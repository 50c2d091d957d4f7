// Runs a grid: blocks one after another, the threads of a block as fibers.
#pragma once

#include <cstddef>
#include <tuple>
#include <utility>

#include "cuda/emulator/vector_types.h"
#include "cuda/stream.h"

namespace gpst::emulator {

struct Kernel {
  const char* name;
  void (*run)(void* arguments);  // one thread
  void* arguments;
};

struct LaunchShape {
  cuda::dim3 grid, block;
  size_t dynamic_shared_bytes = 0;
};

// Throws DeviceError for a shape that a GPU refuses, Fault (fault.h) for what a kernel did wrong.
void run_grid(const Kernel& kernel, const LaunchShape& shape);

}  // namespace gpst::emulator

namespace gpst::cuda {

template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), dim3 grid, dim3 block,
            size_t dynamic_shared_bytes, Stream /*stream*/, Arguments&&... arguments) {
  struct Call {
    void (*kernel)(Parameters...);
    std::tuple<Parameters...> arguments;
  } call{kernel, {static_cast<Parameters>(arguments)...}};
  const auto run = [](void* made) {
    auto& call_of = *static_cast<Call*>(made);
    std::apply(call_of.kernel, call_of.arguments);
  };
  emulator::run_grid({name, run, &call}, {grid, block, dynamic_shared_bytes});
}

}  // namespace gpst::cuda
