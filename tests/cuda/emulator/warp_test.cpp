#include <algorithm>
#include <bit>
#include <random>
#include <vector>

#include "cuda/emulator/options.h"
#include "tests/cuda/device_array.h"
#include "tests/cuda/emulator/fault_of.h"
#include "tests/cuda/emulator/warp_kernels.h"

namespace gpst::emulator {
namespace {

using cuda::DeviceArray;

struct Case {
  int threads;
  unsigned mask;
  int operand, width;
};

// The lane a shuffle reads, as the programming guide words it.
int source(int result, int lane, const Case& c) {
  const int first = lane - lane % c.width;
  switch (result) {
    case 0:
      return first + c.operand % c.width;
    case 1:
      return lane - c.operand < first ? lane : lane - c.operand;
    case 2:
      return lane + c.operand >= first + c.width ? lane : lane + c.operand;
    default:
      return (lane ^ c.operand) >= first + c.width ? lane : lane ^ c.operand;
  }
}

std::vector<int64_t> expected_row(const Case& c, const std::vector<int>& values, int thread) {
  const int warp = thread / 32 * 32, lane = thread % 32;
  std::vector<int> lanes;
  for (int i = 0; i < 32; ++i) {
    if ((c.mask >> i & 1u) != 0 && warp + i < c.threads) lanes.push_back(i);
  }
  const auto value = [&](int i) { return values[static_cast<size_t>(warp + i)]; };
  const auto word = [&](int i) { return static_cast<uint32_t>(value(i)); };
  std::vector<int64_t> row;
  for (int shuffle = 0; shuffle < 4; ++shuffle) row.push_back(value(source(shuffle, lane, c)));
  uint32_t ballot = 0, sum = 0, both = 0xFFFFFFFFu, either = 0, odd = 0, equal = 0;
  int64_t least = INT64_MAX, most = INT64_MIN, least_word = INT64_MAX, most_word = INT64_MIN;
  for (const int i : lanes) {
    if (value(i) > 0) ballot |= 1u << i;
    if (value(i) == value(lane)) equal |= 1u << i;
    sum += word(i);
    both &= word(i);
    either |= word(i);
    odd ^= word(i);
    least = std::min<int64_t>(least, value(i));
    most = std::max<int64_t>(most, value(i));
    least_word = std::min<int64_t>(least_word, word(i));
    most_word = std::max<int64_t>(most_word, word(i));
  }
  const auto set = static_cast<size_t>(std::popcount(ballot));
  for (const int64_t next : {int64_t{ballot}, int64_t{set > 0}, int64_t{set == lanes.size()},
                             int64_t{static_cast<int32_t>(sum)}, int64_t{sum}, least, least_word,
                             most, most_word, int64_t{both}, int64_t{either}, int64_t{odd},
                             int64_t{equal}, int64_t{std::popcount(word(lane))},
                             int64_t{value(lane) == 0 ? 0 : std::countr_zero(word(lane)) + 1},
                             int64_t{std::countl_zero(word(lane))}}) {
    row.push_back(next);
  }
  return row;
}

void compare(const Case& c, std::mt19937& random) {
  std::vector<int> values(static_cast<size_t>(c.threads));
  for (int& value : values) value = static_cast<int>(random() >> random() % 32) - 3;
  const DeviceArray<int> in(values);
  const DeviceArray<int64_t> out(values.size() * cuda::kWarpResults);
  cuda::run_warp_operations(c.threads, c.mask, c.operand, c.width, in.data(), out.data());
  const std::vector<int64_t> found = out.read();
  for (int thread = 0; thread < c.threads; ++thread) {
    if ((c.mask >> thread % 32 & 1u) == 0) continue;
    const auto row = found.begin() + cuda::kWarpResults * thread;
    EXPECT_EQ(std::vector<int64_t>(row, row + cuda::kWarpResults), expected_row(c, values, thread))
        << "thread " << thread << " of " << c.threads << ", mask " << c.mask << ", operand "
        << c.operand << ", width " << c.width;
  }
}

TEST(EmulatorWarp, OperationsOfWholeWarpsAreThePlainLoops) {
  std::mt19937 random(1);
  for (const int width : {32, 16, 8, 4, 2, 1}) {
    for (const int operand : {0, 1, 3, 16, 31}) compare({96, 0xFFFFFFFFu, operand, width}, random);
  }
}

TEST(EmulatorWarp, OperationsOfSomeLanesAreThePlainLoops) {
  std::mt19937 random(2);
  for (int lanes = 1; lanes < 32; lanes *= 2) {
    // Whole segments take part, so that no shuffle reads a lane that does not.
    compare({64, lanes == 1 ? 1u : (1u << lanes) - 1, lanes / 2, lanes}, random);
  }
  compare({64, 0xFFFF0000u, 5, 16}, random);
  compare({64, 0x00FF00FFu, 3, 8}, random);
}

TEST(EmulatorWarp, AMaskMayNameLanesThatABlockDoesNotHave) {
  std::mt19937 random(3);
  compare({40, 0xFFFFFFFFu, 1, 8}, random);
  compare({33, 0xFFFFFFFFu, 0, 1}, random);
}

TEST(EmulatorWarp, EveryOrderOfThreadsGivesTheSame) {
  for (const Order order : {Order::reverse, Order::shuffled}) {
    const OptionsScope scope({.order = order, .seed = 9});
    std::mt19937 random(4);
    compare({96, 0xFFFFFFFFu, 3, 32}, random);
  }
}

TEST(EmulatorWarp, ShufflesTakeNumbersOfFourAndEightBytes) {
  std::vector<double> values(32);
  for (size_t i = 0; i < 32; ++i) values[i] = 1.0 / static_cast<double>(i + 1);
  const DeviceArray<double> in(values), reversed(32);
  const DeviceArray<int64_t> words(32);
  const DeviceArray<float> floats(32);
  cuda::run_wide_shuffles(in.data(), reversed.data(), words.data(), floats.data());
  for (size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(reversed.read()[i], values[31 - i]);
    EXPECT_EQ(words.read()[i], static_cast<int64_t>(31 - i) << 33);
    EXPECT_EQ(floats.read()[i], static_cast<float>(values[31 - i]));
  }
}

struct Planted {
  cuda::WarpError error;
  std::vector<std::string> parts;
};

TEST(EmulatorWarp, LanesThatDisagreeOrAreGoneAreFaults) {
  using cuda::WarpError;
  const std::string kernel = "kernel warp_error, block (0, 0, 0)";
  const std::string shuffle = "__shfl_xor_sync with mask 0x00ffffff";
  for (const Planted& planted : {
           Planted{WarpError::mask,
                   {kernel, "disagree", shuffle, "mask 0xffffffff",
                    place_of("warp_kernels.cu", "lane < 8 ?")}},
           Planted{WarpError::operation,
                   {kernel, "disagree", "__any_sync", "__all_sync", "thread (3, 0, 0)",
                    place_of("warp_kernels.cu", "= __any_sync(kFull"),
                    place_of("warp_kernels.cu", "= __all_sync(kFull")}},
           Planted{WarpError::exited,
                   {kernel, "__all_sync", "thread (7, 0, 0), which has exited",
                    place_of("warp_kernels.cu", "= __all_sync(kFull")}},
           Planted{WarpError::without_self,
                   {kernel, "thread (16, 0, 0)", "its own lane 16",
                    place_of("warp_kernels.cu", "value, 0)")}},
           Planted{WarpError::absent_source,
                   {kernel, "reads lane 16", "takes no part",
                    place_of("warp_kernels.cu", "value, 16)")}},
       }) {
    const DeviceArray<int> out(64);
    expect_fault(FaultKind::warp, planted.parts,
                 [&] { cuda::run_warp_error(planted.error, 64, out.data()); });
  }
  const DeviceArray<int> out(64);
  cuda::run_warp_error(WarpError::none, 64, out.data());
  EXPECT_EQ(out.read(), std::vector<int>(64, 1));
}

TEST(EmulatorWarp, AnExitIsFoundWhoeverComesFirst) {
  const OptionsScope scope({.order = Order::reverse});
  const DeviceArray<int> out(32);
  expect_fault(FaultKind::warp, {"thread (7, 0, 0), which has exited"},
               [&] { cuda::run_warp_error(cuda::WarpError::exited, 32, out.data()); });
}

}  // namespace
}  // namespace gpst::emulator
