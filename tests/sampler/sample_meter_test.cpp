#include "sampler/sample_meter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/log.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

class SampleMeterTest : public ::testing::Test {
 protected:
  MeterOptions options(bool enabled = true) {
    return {.enabled = enabled,
            .model_rows = [this] { return rows_; },
            .device_peak = [] { return int64_t{3} << 20; },
            .now = [this] { return std::chrono::steady_clock::time_point() + time_; }};
  }
  // `count` pictures, each in a second and of 448 rows.
  void make(SampleMeter& meter, int count) {
    for (int i = 0; i < count; ++i) {
      time_ += std::chrono::seconds(1);
      rows_ += 448;
      meter.advance();
    }
  }

  std::chrono::seconds time_{0};
  int64_t rows_ = 0;
};

TEST_F(SampleMeterTest, rows_come_at_growing_distances_and_at_the_end) {
  SampleMeter meter(Log::silent(), 100000, options());
  make(meter, 86400);
  const std::vector<MeterRow> table = meter.finish();
  ASSERT_GE(table.size(), 10u);
  EXPECT_LT(table.size(), 100u);
  EXPECT_EQ(table[0].pictures, 10);
  EXPECT_EQ(table[1].pictures, 15);
  EXPECT_EQ(table.back().pictures, 86400);
  for (const MeterRow& row : table) {
    EXPECT_DOUBLE_EQ(row.pictures_per_second, 1);
    EXPECT_DOUBLE_EQ(row.model_rows_per_second, 448);
    EXPECT_EQ(row.device_peak_memory_bytes, 3 << 20);
    EXPECT_GT(row.peak_memory_bytes, 0);
  }
}

TEST_F(SampleMeterTest, a_short_run_has_one_row_and_one_without_pictures_none) {
  SampleMeter meter(Log::silent(), 3, options());
  make(meter, 3);
  EXPECT_EQ(meter.finish().size(), 1u);
  EXPECT_TRUE(SampleMeter(Log::silent(), 0, options()).finish().empty());
}

TEST_F(SampleMeterTest, the_log_shows_a_table_with_the_time_left) {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                             std::fclose);
  Log log(Log::Level::normal, file.get());
  SampleMeter meter(log, 40, options());
  make(meter, 15);
  std::fflush(file.get());
  const std::string text = read_file(path);
  EXPECT_NE(text.find("pictures/s model rows/s"), std::string::npos) << text;
  EXPECT_NE(text.find("10/40        1.00         448"), std::string::npos) << text;
  EXPECT_NE(text.find("30 s\n"), std::string::npos) << text;
  EXPECT_NE(text.find("15/40"), std::string::npos) << text;
}

}  // namespace
}  // namespace gpst
