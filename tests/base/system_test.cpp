#include "base/system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

namespace gpst {
namespace {

TEST(System, peak_memory_grows_with_what_is_touched) {
  const std::int64_t before = peak_memory_bytes();
  EXPECT_GT(before, 0);
  constexpr std::int64_t kSize = std::int64_t{64} << 20;
  std::vector<char> block(static_cast<std::size_t>(kSize) + static_cast<std::size_t>(before), 1);
  EXPECT_EQ(block.back(), 1);
  EXPECT_GE(peak_memory_bytes(), before + kSize / 2);
}

TEST(System, available_memory_is_known_on_linux) { EXPECT_GT(available_memory_bytes(), 0); }

TEST(System, time_is_iso_8601_utc) {
  EXPECT_THAT(iso_time_now(), testing::MatchesRegex("20..-..-..T..:..:..Z"));
}

TEST(System, version_has_three_numbers) {
  EXPECT_THAT(code_version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(System, features_agree_with_the_kernels_list) {
  std::ifstream file("/proc/cpuinfo");
  std::string flags;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags")) flags = line + " ";
  }
  if (flags.empty()) GTEST_SKIP() << "no flags in /proc/cpuinfo on this machine";
  const auto has = [&](const std::string& name) {
    return flags.find(" " + name + " ") != std::string::npos;
  };
  const CpuFeatures features = cpu_features();
  EXPECT_EQ(features.avx2, has("avx2"));
  EXPECT_EQ(features.fma, has("fma"));
  EXPECT_EQ(features.avx512f, has("avx512f"));
  EXPECT_EQ(features.avx512_bf16, has("avx512_bf16"));
  EXPECT_EQ(features.amx_bf16, has("amx_bf16"));
  EXPECT_FALSE(cpu_name().empty());
}

}  // namespace
}  // namespace gpst
