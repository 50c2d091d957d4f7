#include "cuda/emulator/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(GPST_FIBER_REGISTERS)
// void gpst_change_registers(void** from /* written */, void* to): what a called function must keep
// goes on the stack, the stack pointers change, and the other's registers come off its stack.
extern "C" void gpst_change_registers(void** from, void* to);
asm(R"(
.text
.p2align 4
.globl gpst_change_registers
.hidden gpst_change_registers
.type gpst_change_registers, @function
gpst_change_registers:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size gpst_change_registers, .-gpst_change_registers
)");
#endif

namespace gpst::emulator {

FiberStacks::~FiberStacks() { release(); }

void FiberStacks::release() {
  if (memory_ == nullptr) return;
#if defined(__SANITIZE_ADDRESS__)
  // What abandoned fibers left poisoned would be held against whoever gets the addresses next.
  __asan_unpoison_memory_region(memory_, count_ * stride_);
#endif
  munmap(memory_, count_ * stride_);
  memory_ = nullptr;
  count_ = 0;
}

void FiberStacks::reserve(size_t count) {
  if (count <= count_) return;
  release();
  page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  stride_ = kStackBytes + page_;
  void* mapped = mmap(nullptr, count * stride_, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<std::byte*>(mapped);
  count_ = count;
  for (size_t i = 0; i < count; ++i) mprotect(memory_ + i * stride_, page_, PROT_NONE);
}

std::byte* FiberStacks::bottom(size_t index) const { return memory_ + index * stride_ + page_; }

void prepare_fiber(Fiber& fiber, std::byte* stack, void (*entry)()) {
  fiber.stack = stack;
  fiber.stack_bytes = kStackBytes;
  fiber.sanitizer_stack = nullptr;
#if defined(__SANITIZE_ADDRESS__)
  ASAN_UNPOISON_MEMORY_REGION(stack, kStackBytes);
#endif
#if defined(GPST_FIBER_REGISTERS)
  // As if `entry` had been called by address 0, where a debugger's back trace ends.
  auto* top = reinterpret_cast<uintptr_t*>(stack + kStackBytes);
  *--top = 0;
  *--top = reinterpret_cast<uintptr_t>(entry);
  for (int i = 0; i < 6; ++i) *--top = 0;
  fiber.stack_pointer = top;
#else
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = stack;
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, entry, 0);
#endif
}

void change_fiber(Fiber& from, Fiber& to, [[maybe_unused]] bool leaves_for_good) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(leaves_for_good ? nullptr : &from.sanitizer_stack, to.stack,
                                 to.stack_bytes);
#endif
#if defined(GPST_FIBER_REGISTERS)
  gpst_change_registers(&from.stack_pointer, to.stack_pointer);
#else
  swapcontext(&from.context, &to.context);
#endif
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(from.sanitizer_stack, nullptr, nullptr);
#endif
}

void fiber_entered([[maybe_unused]] Fiber& fiber, [[maybe_unused]] Fiber& from) {
#if defined(__SANITIZE_ADDRESS__)
  const void* bottom = nullptr;
  __sanitizer_finish_switch_fiber(fiber.sanitizer_stack, &bottom, &from.stack_bytes);
  from.stack = const_cast<std::byte*>(static_cast<const std::byte*>(bottom));
#endif
}

}  // namespace gpst::emulator
