// The stations of a batch of pictures against the same job picture by picture.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "base/log.h"
#include "cli/reconstruct_job.h"
#include "nn/batch_pipeline.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_sampler.h"

namespace gpst {
namespace {

using State = ReconstructedPicture::State;

class ReconstructBatchesTest : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_pictures(folder_ / "in", 5);
    write_file_atomic((folder_ / "in/odd/bad.png").string(), "not a picture");
  }

  std::vector<ReconstructedPicture> run(const std::string& output, int64_t batch) const {
    const PictureSource source = PictureSource::open({(folder_ / "in").string()});
    Rejects rejects(folder_ / output, Log::silent());
    rejects.start();
    const ReconstructJob job({folder_ / output, {}, {.save_tokens = true}}, source, model_,
                             rejects);
    std::vector<ReconstructedPicture> pictures(static_cast<size_t>(source.size()));
    if (batch == 1) {
      for (int64_t i = 0; i < source.size(); ++i) {
        ReconstructJob::Loaded loaded = job.load(i);
        const BatchedPicture made = job.make(loaded);
        pictures[static_cast<size_t>(i)] = job.finish(i, loaded, made);
      }
      return pictures;
    }
    using Loaded = ReconstructJob::Loaded;
    TokenizerBatches batches(model_.tokenizer);
    run_pipeline<Loaded, BatchedPicture>(
        {.load = [&](int64_t i) { return job.load(i); },
         .start = [&](std::span<const Loaded> loaded) { return job.start(batches, loaded); },
         .finish =
             [&](int64_t i, const Loaded& loaded, const BatchedPicture& made) {
               pictures[static_cast<size_t>(i)] = job.finish(i, loaded, made);
             }},
        {.count = source.size(), .batch = batch, .threads = 2});
    return pictures;
  }

  static int64_t count(const std::vector<ReconstructedPicture>& pictures, State state) {
    return std::ranges::count(pictures, state, &ReconstructedPicture::state);
  }

  TemporaryFolder folder_;
  LoadedTokenizer model_{tiny_tokenizer(), "tiny", "0", {}};
};

TEST_F(ReconstructBatchesTest, give_the_results_of_single_pictures) {
  const auto expected = run("single", 1), made = run("batches", 4);
  ASSERT_EQ(made.size(), expected.size());
  EXPECT_EQ(count(made, State::made), 5);
  EXPECT_EQ(count(made, State::rejected), 1);
  for (size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(made[i].path, expected[i].path);
    EXPECT_EQ(made[i].state, expected[i].state);
    EXPECT_EQ(made[i].tokens, expected[i].tokens);
    EXPECT_NEAR(made[i].psnr.value_or(0), expected[i].psnr.value_or(0), 0.05);
  }
  EXPECT_TRUE(path_exists((folder_ / "batches/tokens/even/0.safetensors").string()));
  EXPECT_EQ(read_file((folder_ / "batches/gt/even/0.png").string()),
            read_file((folder_ / "single/gt/even/0.png").string()));
}

TEST_F(ReconstructBatchesTest, keep_what_is_complete) {
  run("out", 4);
  const auto again = run("out", 4);
  EXPECT_EQ(count(again, State::kept), 5);
  EXPECT_EQ(count(again, State::rejected), 1);
}

}  // namespace
}  // namespace gpst
