// On the CPU, where graphs are functions called again: what the batches make, not how fast. The
// same on a GPU and over emulated kernels: tests/device.
#include "sampler/batch_sampler.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <stdexcept>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "sampler/load_sampler.h"
#include "sampler/sample_writer.h"
#include "tests/support/batch_pictures.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_sampler.h"

namespace gpst {
namespace {

constexpr double kSame = 60;  // dB; sums in another order change last bits

class BatchSamplerTest : public testing::Test {
 protected:
  void SetUp() override { at::set_num_threads(1); }  // as the program does
  void TearDown() override { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

Pictures one_by_one(const PictureSampler& sampler, const std::vector<SampleItem>& items) {
  Pictures pictures;
  for (const SampleItem& item : items) pictures[item.index] = sampler.picture(item);
  return pictures;
}

TEST_F(BatchSamplerTest, MakesThePicturesOfThePictureSamplerWhateverTheBatch) {
  const PictureSampler sampler = tiny_sampler(5);
  const std::vector<SampleItem> items = plan_samples({0, 1}, 3, 7);
  const Pictures expected = one_by_one(sampler, items);
  for (const int64_t batch : {1, 3, 8}) {  // 7 pictures: full, padded last, padded only
    const Pictures made = batch_pictures(sampler, items, batch);
    ASSERT_EQ(made.size(), items.size());
    EXPECT_GT(worst_psnr(made, expected), kSame) << "batch of " << batch;
  }
}

TEST_F(BatchSamplerTest, SharesLayoutsAndTexturesAsThePictureSampler) {
  const PictureSampler sampler = tiny_sampler(5);
  for (const Shared what : {Shared::layout, Shared::texture}) {
    std::vector<SampleItem> items = plan_samples({0, 1}, 0, 5);
    share_with_first(items, what);
    EXPECT_GT(worst_psnr(batch_pictures(sampler, items, 2), one_by_one(sampler, items)), kSame);
  }
}

TEST_F(BatchSamplerTest, ManyBatchesShareTheirBuffersInTurn) {
  const PictureSampler sampler = tiny_sampler(2);
  const std::vector<SampleItem> items = plan_samples({1, 0, 1}, 0, 17);
  EXPECT_GT(worst_psnr(batch_pictures(sampler, items, 2), one_by_one(sampler, items)), kSame);
}

TEST_F(BatchSamplerTest, EverySolverGivesThePicturesOfThePictureSampler) {
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 3);
  for (const Solver solver : {Solver::sde_euler, Solver::euler, Solver::sde_heun, Solver::heun,
                              Solver::midpoint, Solver::rk4, Solver::dopri5}) {
    SamplingOptions sampling = tiny_sampling();
    sampling.steps = 4;
    sampling.solver = solver;
    const PictureSampler sampler = tiny_sampler(7, sampling);
    EXPECT_GT(worst_psnr(batch_pictures(sampler, items, 2), one_by_one(sampler, items)), kSame)
        << "solver " << static_cast<int>(solver);
  }
}

TEST_F(BatchSamplerTest, GuidanceInEveryStepOrInNone) {
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 3);
  for (const auto& interval : {std::vector<int64_t>{0, 1000}, {400, 600}, {1000, 1000}}) {
    SamplingOptions sampling = tiny_sampling();
    sampling.cfg = 4;
    sampling.interval = interval;
    const PictureSampler sampler = tiny_sampler(1, sampling);
    EXPECT_GT(worst_psnr(batch_pictures(sampler, items, 3), one_by_one(sampler, items)), kSame)
        << interval[0];
  }
}

TEST_F(BatchSamplerTest, GuidanceOnTheFirstChannelsAlone) {
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 3);
  for (const Solver solver : {Solver::sde_euler, Solver::midpoint}) {
    SamplingOptions sampling = tiny_sampling();
    sampling.solver = solver;
    sampling.cfg = 4;
    const Pictures on_all = one_by_one(tiny_sampler(1, sampling), items);
    sampling.cfg_channels = 3;
    const PictureSampler sampler = tiny_sampler(1, sampling);
    const Pictures expected = one_by_one(sampler, items);
    EXPECT_NE(expected.at(items[0].index), on_all.at(items[0].index));
    EXPECT_GT(worst_psnr(batch_pictures(sampler, items, 2), expected), kSame);
    sampling.cfg_channels = 1000;
    EXPECT_THROW(batch_pictures(tiny_sampler(1, sampling), items, 2), ConfigError);
  }
}

TEST_F(BatchSamplerTest, CountsTheRowsOfTheNetWithoutThoseThatFillUpABatch) {
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 3);
  for (const Solver solver : {Solver::sde_euler, Solver::midpoint, Solver::dopri5}) {
    SamplingOptions sampling = tiny_sampling();
    sampling.solver = solver;
    const PictureSampler sampler = tiny_sampler(1, sampling);
    int64_t expected = 0;
    for (const SampleItem& item : items) expected += sampler.sampled(item).model_rows;
    BatchSampler batches(sampler, {.pictures = 2});
    batches.run(items, [](const SampleItem&, const Picture8&) {});
    if (solver == Solver::dopri5) {  // a last bit of the layout may cost a step
      EXPECT_NEAR(static_cast<double>(batches.model_rows()), static_cast<double>(expected), 40);
    } else {
      EXPECT_EQ(batches.model_rows(), expected) << static_cast<int>(solver);
    }
  }
}

TEST_F(BatchSamplerTest, PicturesDifferByIndexClassAndSeed) {
  const auto first = [](uint64_t seed, const SampleItem& item) {
    return batch_pictures(tiny_sampler(seed), {item}, 1).at(item.index);
  };
  const Picture8 picture = first(5, {.index = 0, .label = 0});
  EXPECT_NE(picture, first(5, {.index = 1, .label = 0}));
  EXPECT_NE(picture, first(5, {.index = 0, .label = 1}));
  EXPECT_NE(picture, first(6, {.index = 0, .label = 0}));
}

TEST_F(BatchSamplerTest, AClassThatDoesNotExistIsRefused) {
  const PictureSampler sampler = tiny_sampler(5);
  BatchSampler batches(sampler, {.pictures = 2});
  EXPECT_THROW(batches.run({{.index = 0, .label = 2}}, [](const auto&, const auto&) {}),
               InputError);
}

TEST_F(BatchSamplerTest, AnErrorOfTheTakerEndsTheRunAndTheNextRunWorks) {
  const PictureSampler sampler = tiny_sampler(5);
  const std::vector<SampleItem> items = plan_samples({0}, 0, 9);
  BatchSampler batches(sampler, {.pictures = 2, .threads = 2});
  EXPECT_THROW(batches.run(items,
                           [](const SampleItem& item, const Picture8&) {
                             if (item.index == 3) throw std::runtime_error("disk full");
                           }),
               std::runtime_error);
  std::atomic<int> taken = 0;
  batches.run(items, [&](const SampleItem&, const Picture8&) { ++taken; });
  EXPECT_EQ(taken, 9);
}

TEST_F(BatchSamplerTest, StopsBetweenBatchesAfterASignal) {
  const PictureSampler sampler = tiny_sampler(5);
  BatchSampler batches(sampler, {.pictures = 2, .threads = 1});
  install_interrupt_handlers();
  std::atomic<int> taken = 0;
  EXPECT_THROW(batches.run(plan_samples({0}, 0, 40),
                           [&](const SampleItem&, const Picture8&) {
                             if (++taken == 1) std::raise(SIGTERM);
                           }),
               Interrupted);
  clear_interrupt();
  EXPECT_LT(taken, 40);
}

TEST_F(BatchSamplerTest, StoredLayoutsAreTakenAsTheyAre) {
  const TemporaryFolder folder;
  const std::string path = (folder / "layouts.safetensors").string();
  at::manual_seed(1);
  at::Tensor rows = at::rand({4, 6, 5});  // six tokens, not the model's eight
  rows.narrow(2, 0, 2).mul_(0.3).add_(0.05);
  rows.narrow(2, 2, 1).zero_();
  write_layout_store(path, rows, std::vector<int64_t>{0, 1, 1, 0}, 2);
  const PictureSampler sampler(tiny_tokenizer(), tiny_texture(),
                               std::make_unique<StoredLayouts>(LayoutStore::open(path)),
                               {.sampling = tiny_sampling(), .texture_seed = 9});
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 5);
  EXPECT_GT(worst_psnr(batch_pictures(sampler, items, 2), one_by_one(sampler, items)), kSame);
}

TEST_F(BatchSamplerTest, TheShippedModelMakesTheSamePictures) {
  const ModelFolder model =
      ModelFolder::open(ModelFiles{.tokenizer = {.model = GPST_SOURCE_DIR "/models/tiny64"}},
                        Config(), ModelFolder::ConfigFile::absent)
          .with_setting("sampling.steps", "4");
  const LoadedSampler loaded = load_sampler(model, {.rounding = Rounding::nearest}, Log::silent());
  const std::vector<SampleItem> items = plan_samples({3, 7, 11}, 0, 3);
  EXPECT_GT(worst_psnr(batch_pictures(loaded.sampler, items, 2), one_by_one(loaded.sampler, items)),
            kSame);
}

TEST_F(BatchSamplerTest, WritesWhatIsMissing) {
  const TemporaryFolder folder;
  const PictureSampler sampler = tiny_sampler(5);
  const std::vector<SampleItem> items = plan_samples({0, 1}, 0, 5);
  const SampleRun run{
      .folder = folder / "out", .text = {}, .meter = {.enabled = false}, .identity = {}};
  const PictureMaker make = [&](const std::vector<SampleItem>& missing, const PictureTaker& take) {
    BatchSampler(sampler, {.pictures = 2}).run(missing, take);
  };
  EXPECT_EQ(write_samples({items[1], items[4]}, make, run, Log::silent()).made, 2);
  const SampleCounts counts = write_samples(items, make, run, Log::silent());
  EXPECT_EQ(counts.made, 3);
  EXPECT_EQ(counts.kept, 2);
}

}  // namespace
}  // namespace gpst
