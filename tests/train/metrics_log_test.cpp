#include "train/metrics_log.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/event_scalars.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

TEST(MetricsLog, absent_values_stay_empty) {
  TemporaryFolder run;
  MetricsLog log(run.path(), {"loss", "psnr"}, 0);
  log.log(10, {{"loss", 0.5}});
  log.log(20, {{"loss", 0.25}, {"psnr", 21.5}});
  EXPECT_EQ(read_file(run / "metrics.csv"), "step,loss,psnr\n10,0.5,\n20,0.25,21.5\n");
}

TEST(MetricsLog, a_resumed_run_drops_what_was_lost) {
  TemporaryFolder run;
  {
    MetricsLog log(run.path(), {"loss"}, 0);
    for (int step : {10, 20, 30}) log.log(step, {{"loss", step}});
  }
  MetricsLog log(run.path(), {"loss"}, 20);
  log.log(30, {{"loss", 3}});
  EXPECT_EQ(read_file(run / "metrics.csv"), "step,loss\n10,10\n20,20\n30,3\n");
  const auto scalars = event_scalars(run / "tensorboard");
  EXPECT_EQ(scalars.size(), 3U);
  for (const auto& [key, count] : scalars) EXPECT_EQ(count, 1) << "step " << key.first;
}

TEST(MetricsLog, other_columns_are_refused) {
  TemporaryFolder run;
  { MetricsLog(run.path(), {"loss"}, 0).log(1, {{"loss", 1}}); }
  EXPECT_THROW(MetricsLog(run.path(), {"loss", "more"}, 1), InputError);
}

}  // namespace
}  // namespace gpst
