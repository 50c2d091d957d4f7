#include "train/loss_options.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gpst {
namespace {

TEST(LossOptions, without_networks_ssim_stands_in) {
  LossOptions options;
  EXPECT_EQ(options.ssim(), 0.1);
  options.lpips_weight = 1;
  EXPECT_EQ(options.ssim(), 0);
  options.lpips_weight = 0;
  options.perceptual_target = "fid";
  EXPECT_EQ(options.ssim(), 0);
  options.perceptual_weight = 0;
  EXPECT_EQ(options.ssim(), 0.1);
  options.ssim_weight = 0;
  EXPECT_EQ(options.ssim(), 0) << "what is given counts";
}

TEST(LossOptions, what_is_not_there_is_refused) {
  LossOptions options;
  EXPECT_NO_THROW(options.check());
  options.perceptual_target = "convnext_small_perceptual";
  EXPECT_THROW(options.check(), ConfigError);
  options = {};
  options.disc_conditional = true;
  EXPECT_THROW(options.check(), ConfigError);
  options = {};
  options.disc_in_channels = 4;
  EXPECT_NO_THROW(options.check()) << "nothing uses it";
  options.disc_weight = 0.3;
  EXPECT_THROW(options.check(), ConfigError);
}

}  // namespace
}  // namespace gpst
