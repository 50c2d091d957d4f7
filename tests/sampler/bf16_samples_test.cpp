// Samples of the shipped model in bfloat16 beside float32, same seeds. bench/bf16_check.cpp does
// the same for many pictures.
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/parallel.h"
#include "eval/pixel_metrics.h"
#include "nn/worker_threads.h"
#include "sampler/load_sampler.h"

namespace gpst {
namespace {

LoadedSampler shipped(at::ScalarType type) {
  const ModelFolder model =
      ModelFolder::open(ModelFiles{.tokenizer = {.model = GPST_SOURCE_DIR "/models/tiny64"}},
                        Config(), ModelFolder::ConfigFile::absent)
          .with_setting("sampling.steps", "11");
  return load_sampler(model, {.place = {.type = type}}, Log::silent());
}

std::vector<Picture8> pictures(const LoadedSampler& loaded, const std::vector<SampleItem>& items) {
  std::vector<Picture8> result(items.size());
  for_each_on_workers(static_cast<int64_t>(items.size()), default_threads(), [&](int64_t i, int) {
    result[static_cast<size_t>(i)] = loaded.sampler.picture(items[static_cast<size_t>(i)]);
  });
  return result;
}

TEST(Bf16SamplesTest, AgreeWithFloat32OfTheSameSeeds) {
  const std::vector<SampleItem> items = plan_samples({3, 7, 11, 20}, 0, 4);
  const std::vector<Picture8> fp32 = pictures(shipped(at::kFloat), items);
  const std::vector<Picture8> bf16 = pictures(shipped(at::kBFloat16), items);
  double sum = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto agreement = psnr(fp32[i], bf16[i]);
    ASSERT_TRUE(agreement) << "the type changed nothing in picture " << i;
    sum += *agreement;
  }
  EXPECT_GT(sum / static_cast<double>(items.size()), 30);
}

}  // namespace
}  // namespace gpst
