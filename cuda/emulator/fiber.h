// A stack of its own that runs a function and can be left in the middle and entered again: a
// hand-written change of registers on x86-64, ucontext elsewhere.
#pragma once

#include <cstddef>

// Defining GPST_FIBER_UCONTEXT chooses the slower, portable way on x86-64 too.
#if defined(__x86_64__) && !defined(GPST_FIBER_UCONTEXT)
#define GPST_FIBER_REGISTERS
#else
#include <ucontext.h>
#endif

namespace gpst::emulator {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
inline constexpr size_t kStackBytes = 256 * 1024;
#else
inline constexpr bool kAddressSanitizer = false;
inline constexpr size_t kStackBytes = 64 * 1024;
#endif

// Stacks in one mapping, a page that may not be touched below each.
class FiberStacks {
 public:
  FiberStacks() = default;
  ~FiberStacks();
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;

  // At least so many; those there are stay where they are only if there were enough.
  void reserve(size_t count);
  std::byte* bottom(size_t index) const;

 private:
  void release();

  std::byte* memory_ = nullptr;
  size_t count_ = 0, stride_ = 0, page_ = 0;
};

// One flow of control: that which called run_grid, or a thread of the block.
struct Fiber {
#if defined(GPST_FIBER_REGISTERS)
  void* stack_pointer = nullptr;
#else
  ucontext_t context;
#endif
  std::byte* stack = nullptr;  // null: the caller's own, set at the first change from it
  size_t stack_bytes = 0;
  void* sanitizer_stack = nullptr;  // ASan's shadow stack while the fiber is not running
};

// Makes the fiber begin with `entry`, which must not return, at the next change to it. What it was
// doing before is forgotten; nothing on its stack is destroyed.
void prepare_fiber(Fiber& fiber, std::byte* stack, void (*entry)());

// Returns when something changes back to `from`. With `leaves_for_good`, never.
void change_fiber(Fiber& from, Fiber& to, bool leaves_for_good = false);

// To be called first on a fiber that is entered for the first time.
void fiber_entered(Fiber& fiber, Fiber& from);

}  // namespace gpst::emulator
