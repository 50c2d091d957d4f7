// Runs the blocks of a grid, one after another, and the threads of a block as fibers.
#include <algorithm>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>

#include "base/error.h"
#include "cuda/emulator/machine.h"
#include "cuda/emulator/report.h"
#include "cuda/emulator/shared_arena.h"

namespace gpst::cuda {

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

}  // namespace gpst::cuda

namespace gpst::emulator {
namespace {

constexpr unsigned kMaxThreads = 1024, kMaxDepth = 64, kMaxGridYz = 65535;

std::mutex launch_mutex;
std::optional<Fault> fault;  // of the launch that runs
std::optional<Fault> host_fault;
std::exception_ptr thrown;  // by a kernel, std::bad_alloc say

std::string text_of(const cuda::dim3& size) {
  return "(" + std::to_string(size.x) + ", " + std::to_string(size.y) + ", " +
         std::to_string(size.z) + ")";
}

void check_shape(const Kernel& kernel, const LaunchShape& shape) {
  const auto refuse = [&](const std::string& what) {
    throw DeviceError(std::string("CUDA kernel ") + kernel.name + ": the launch failed: " + what);
  };
  const cuda::dim3& block = shape.block;
  const uint64_t threads = uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || block.x > kMaxThreads || block.y > kMaxThreads || block.z > kMaxDepth ||
      threads > kMaxThreads) {
    refuse("a block has 1 to 1024 threads, found " + text_of(block));
  }
  if (shape.grid.x > 0x7FFFFFFFu || shape.grid.y > kMaxGridYz || shape.grid.z > kMaxGridYz) {
    refuse("a grid is at most (2147483647, 65535, 65535), found " + text_of(shape.grid));
  }
  if (shape.dynamic_shared_bytes > kSharedBytes) {
    refuse("a block has at most " + std::to_string(kSharedBytes) +
           " bytes of shared memory, found " + std::to_string(shape.dynamic_shared_bytes));
  }
}

void run_thread() {
  Machine& m = machine();
  fiber_entered(m.current->fiber, m.host);
  try {
    m.kernel->run(m.kernel->arguments);
  } catch (...) {
    thrown = std::current_exception();
  }
  Thread& thread = *m.current;
  thread.state = ThreadState::exited;
  m.warps[static_cast<size_t>(thread.number / kLanes)].exited |= 1u << thread.number % kLanes;
  --m.live;
  if (!thrown) {
    warp_after_exit(m, thread);
    barrier_after_exit(m);
  }
  change_fiber(thread.fiber, m.host, true);
  __builtin_unreachable();
}

void resume(Machine& m, Thread& thread) {
  m.current = &thread;
  cuda::threadIdx = thread.index;
  change_fiber(m.host, thread.fiber);
}

uint64_t next_random(uint64_t& state) {  // splitmix64
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

// 0, 1, ... count - 1 in the order asked.
template <class T>
void make_order(std::vector<T>& numbers, size_t count, Order order, uint64_t& random) {
  numbers.resize(count);
  std::iota(numbers.begin(), numbers.end(), T{0});
  if (order == Order::reverse) std::reverse(numbers.begin(), numbers.end());
  if (order == Order::shuffled) {
    for (size_t i = count; i > 1; --i) std::swap(numbers[i - 1], numbers[next_random(random) % i]);
  }
}

void begin_block(Machine& m) {
  m.live = m.thread_count;
  m.waiting = 0;
  m.warps.fill({});
  for (int i = 0; i < m.thread_count; ++i) {
    Thread& thread = m.threads[static_cast<size_t>(i)];
    thread.state = ThreadState::ready;
    prepare_fiber(thread.fiber, m.stacks.bottom(static_cast<size_t>(i)), run_thread);
  }
}

void run_block(Machine& m) {
  begin_block(m);
  begin_shared_block(m.thread_count);
  while (m.live > 0) {
    bool progress = false;
    for (const int number : m.order) {
      Thread& thread = m.threads[static_cast<size_t>(number)];
      if (thread.state != ThreadState::ready) continue;
      progress = true;
      resume(m, thread);
      if (fault || thrown) return;
    }
    if (!progress) {
      fault.emplace(FaultKind::deadlock, describe_deadlock(m));
      return;
    }
  }
}

void make_threads(Machine& m) {
  const cuda::dim3& block = m.shape.block;
  m.thread_count = static_cast<int>(block.x * block.y * block.z);
  const auto count = static_cast<size_t>(m.thread_count);
  if (m.threads.size() < count) m.threads.resize(count);
  m.stacks.reserve(m.threads.size());
  for (unsigned i = 0; i < count; ++i) {
    m.threads[i].number = static_cast<int>(i);
    m.threads[i].index = {i % block.x, i / block.x % block.y, i / block.x / block.y};
  }
}

void run_blocks(Machine& m) {
  const cuda::dim3& grid = m.shape.grid;
  const auto threads = static_cast<size_t>(m.thread_count);
  uint64_t random = m.options.seed;
  std::vector<uint64_t> blocks;
  make_order(blocks, size_t{grid.x} * grid.y * grid.z, m.options.order, random);
  make_order(m.order, threads, m.options.order, random);
  for (const uint64_t block : blocks) {
    m.block = {static_cast<unsigned>(block % grid.x),
               static_cast<unsigned>(block / grid.x % grid.y),
               static_cast<unsigned>(block / grid.x / grid.y)};
    cuda::blockIdx = m.block;
    if (m.options.order == Order::shuffled) make_order(m.order, threads, m.options.order, random);
    run_block(m);
    if (fault || thrown) return;
  }
}

}  // namespace

Machine the_machine;

void run_grid(const Kernel& kernel, const LaunchShape& shape) {
  if (shape.grid.x == 0 || shape.grid.y == 0 || shape.grid.z == 0) return;
  check_shape(kernel, shape);
  const std::lock_guard lock(launch_mutex);
  if (host_fault) {
    const Fault found = *host_fault;
    host_fault.reset();
    throw Fault(found);
  }
  Machine& m = machine();
  fault.reset();
  thrown = nullptr;
  m.shape = shape;
  m.options = options();
  ++m.launch;
  cuda::blockDim = shape.block;
  cuda::gridDim = shape.grid;
  make_threads(m);
  begin_shared_launch(shape.dynamic_shared_bytes);
  m.kernel = &kernel;
  run_blocks(m);
  m.kernel = nullptr;
  m.current = nullptr;
  if (thrown) std::rethrow_exception(thrown);
  if (fault) throw Fault(*fault);
}

void park(Thread& thread) { change_fiber(thread.fiber, machine().host); }

void note_host_access(AccessKind kind, const void* code) {
  if (!host_fault) host_fault.emplace(FaultKind::out_of_range, describe_host_access(kind, code));
}

void note_fault(FaultKind kind, const std::string& message) { fault.emplace(kind, message); }

void leave_launch() {
  Machine& m = machine();
  change_fiber(m.current->fiber, m.host, true);
  __builtin_unreachable();
}

}  // namespace gpst::emulator
