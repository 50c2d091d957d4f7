#include "train/process_group.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "tests/support/together.h"

namespace gpst {
namespace {

using std::chrono::seconds;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What call() says when it fails; empty when it does not.
template <class Call>
std::string failure_of(const Call& call) {
  try {
    call();
  } catch (const IoError& error) {
    return error.what();
  }
  return {};
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == std::string::npos;
}

class ProcessGroupTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(sizes, ProcessGroupTest, testing::Values(1, 2, 4));

TEST_P(ProcessGroupTest, sums_are_those_of_all) {
  const int size = GetParam();
  run_together(size, [&](ProcessGroup& group) {
    EXPECT_EQ(group.size(), size);
    for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kLong}) {
      const at::Tensor own = at::arange(7, at::dtype(type)) * (group.rank() + 1);
      const at::Tensor values = own.clone();
      group.sum(values);
      const int all = size * (size + 1) / 2;
      EXPECT_TRUE(at::equal(values, at::arange(7, at::dtype(type)) * all)) << type;
    }
  });
}

TEST_P(ProcessGroupTest, sums_have_the_same_bits_everywhere) {
  const int size = GetParam();
  std::mutex mutex;
  std::vector<at::Tensor> results;
  run_together(size, [&](ProcessGroup& group) {
    at::Tensor values;
    {
      const std::lock_guard lock(mutex);
      at::manual_seed(static_cast<uint64_t>(group.rank()));
      values = at::randn({10007});
    }
    group.sum(values);
    const std::lock_guard lock(mutex);
    results.push_back(values);
  });
  for (const at::Tensor& result : results) EXPECT_TRUE(at::equal(result, results.front()));
}

TEST_P(ProcessGroupTest, several_sums_may_be_under_way) {
  const int size = GetParam();
  run_together(size, [&](ProcessGroup& group) {
    std::vector<at::Tensor> values;
    std::vector<std::unique_ptr<ProcessGroup::Pending>> pending;
    for (int i = 0; i < 20; ++i) {
      values.push_back(at::full({1 + 997 * i}, static_cast<double>(i + group.rank()), at::kDouble));
      pending.push_back(group.start_sum(values.back()));
    }
    for (const auto& sum : pending) sum->wait();
    for (int i = 0; i < 20; ++i) {
      const double expected = size * i + size * (size - 1) / 2;
      EXPECT_TRUE((values[static_cast<size_t>(i)] == expected).all().item<bool>()) << i;
    }
  });
}

TEST_P(ProcessGroupTest, broadcast_gives_the_first_ones_values) {
  run_together(GetParam(), [&](ProcessGroup& group) {
    const at::Tensor values = at::full({5}, group.rank() == 0 ? 3.5F : -1.F);
    group.broadcast(values);
    EXPECT_TRUE((values == 3.5).all().item<bool>());
    const at::Tensor number = at::full({1}, group.rank() == 0 ? 7 : 0, at::kLong);
    group.broadcast(number);
    EXPECT_EQ(number.item<int64_t>(), 7);
  });
}

TEST(ProcessGroupFailures, who_leaves_is_noticed_at_once) {
  const auto start = std::chrono::steady_clock::now();
  run_together(4, [&](ProcessGroup& group) {
    const at::Tensor values = at::ones({1000});
    group.sum(values);
    if (group.rank() == 2) return;  // its connections are closed
    const std::string failure = failure_of([&] {
      group.sum(values);
      group.sum(values);  // its neighbours end first, and then theirs
    });
    EXPECT_TRUE(is_one_line(failure)) << failure;
    EXPECT_NE(failure.find("summing over the 4 processes: another process is gone"),
              std::string::npos)
        << failure;
  });
  EXPECT_LT(seconds_since(start), 10);
}

TEST(ProcessGroupFailures, who_is_silent_is_waited_for_as_long_as_said) {
  const auto start = std::chrono::steady_clock::now();
  run_together(
      2,
      [&](ProcessGroup& group) {
        const at::Tensor values = at::ones({10});
        if (group.rank() == 1) {
          std::this_thread::sleep_for(seconds(3));
          return;
        }
        const std::string failure = failure_of([&] { group.sum(values); });
        EXPECT_TRUE(is_one_line(failure)) << failure;
        EXPECT_NE(failure.find("for 1 s"), std::string::npos) << failure;
      },
      seconds(1));
  EXPECT_LT(seconds_since(start), 8);
}

TEST(ProcessGroupFailures, a_broadcast_may_be_waited_for_longer) {
  run_together(
      2,
      [&](ProcessGroup& group) {
        const at::Tensor values = at::full({1}, 2.F - static_cast<float>(group.rank()));
        if (group.rank() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2500));
        group.broadcast(values, seconds(20));
        EXPECT_EQ(values.item<float>(), 2);
      },
      seconds(1));
}

TEST(ProcessGroupFailures, who_never_comes_is_not_waited_for_longer_than_said) {
  const uint16_t port = free_port();
  for (const int rank : {0, 1}) {
    const auto start = std::chrono::steady_clock::now();
    const std::string failure = failure_of([&] {
      ProcessGroup::join(
          {.rank = rank, .size = 2, .host = "127.0.0.1", .port = port, .timeout = seconds(1)});
    });
    EXPECT_TRUE(is_one_line(failure)) << failure;
    EXPECT_NE(failure.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << failure;
    EXPECT_NE(failure.find("--rendezvous"), std::string::npos) << failure;
    EXPECT_LT(seconds_since(start), 6) << rank;
  }
}

TEST(ProcessGroupFailures, a_taken_port_is_named) {
  run_together(1, [](ProcessGroup&) {});
  const int file = socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_any;
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(file, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(file, 1), 0);
  getsockname(file, reinterpret_cast<sockaddr*>(&address), &size);
  const uint16_t port = ntohs(address.sin6_port);
  const std::string failure = failure_of([&] {
    ProcessGroup::join(
        {.rank = 0, .size = 2, .host = "127.0.0.1", .port = port, .timeout = seconds(2)});
  });
  close(file);
  EXPECT_TRUE(is_one_line(failure)) << failure;
  EXPECT_NE(failure.find("is the port taken"), std::string::npos) << failure;
}

}  // namespace
}  // namespace gpst
