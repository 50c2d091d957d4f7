#include "base/interrupt.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"

namespace gpst {
namespace {

class Interrupt : public testing::Test {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    clear_interrupt();
    install_interrupt_handlers();
  }
  void TearDown() override {
    clear_interrupt();
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

TEST_F(Interrupt, first_signal_asks_and_is_named) {
  EXPECT_FALSE(interrupt_requested());
  EXPECT_NO_THROW(throw_if_interrupted());
  std::raise(SIGINT);
  EXPECT_TRUE(interrupt_requested());
  try {
    throw_if_interrupted();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Interrupted& error) {
    EXPECT_EQ(error.signal_number(), SIGINT);
    EXPECT_EQ(error.exit_status(), 130);
  }
  clear_interrupt();
  EXPECT_FALSE(interrupt_requested());
}

TEST_F(Interrupt, second_signal_ends_the_program_at_once) {
  EXPECT_EXIT(
      {
        std::raise(SIGINT);
        std::raise(SIGTERM);
        std::exit(0);
      },
      testing::ExitedWithCode(143), "");
}

TEST_F(Interrupt, stops_a_parallel_loop_between_two_units_of_work) {
  for (const int threads : {1, 3}) {
    clear_interrupt();
    std::atomic<int> calls{0};
    const auto body = [&](std::int64_t index, int) {
      ++calls;
      if (index == 5) std::raise(SIGTERM);
    };
    EXPECT_THROW(parallel_for(100000, threads, body), Interrupted);
    EXPECT_GE(calls, 6);
    EXPECT_LT(calls, 100000);
  }
}

#if defined(__x86_64__)
// Sends this thread a signal while its stack pointer stands at `stack`, as it can in matrix
// kernels.
void interrupt_on_stack(std::byte* stack) {
  long result = SYS_tgkill;
  asm volatile(
      "mov %%rsp, %%rbx\n\t"
      "mov %[stack], %%rsp\n\t"
      "syscall\n\t"
      "mov %%rbx, %%rsp"
      : "+a"(result)
      : [stack] "r"(stack), "D"(getpid()), "S"(syscall(SYS_gettid)), "d"(SIGINT)
      : "rbx", "rcx", "r11", "memory");
  ASSERT_EQ(result, 0);
}

TEST_F(Interrupt, writes_nothing_where_the_stack_pointer_stands) {
  std::vector<std::byte> heap(std::size_t{1} << 16, std::byte{42});
  interrupt_on_stack(heap.data() + heap.size() / 2);
  EXPECT_TRUE(interrupt_requested());
  EXPECT_EQ(std::ranges::count(heap, std::byte{42}), std::ssize(heap));
}
#endif

TEST_F(Interrupt, does_not_spoil_a_loop_whose_work_is_done) {
  const auto body = [](std::int64_t index, int) {
    if (index == 9) std::raise(SIGTERM);
  };
  EXPECT_NO_THROW(parallel_for(10, 1, body));
}

}  // namespace
}  // namespace gpst
