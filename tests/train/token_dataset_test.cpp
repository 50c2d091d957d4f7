#include "train/token_dataset.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "nn/weights.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/tiny_tokens.h"
#include "train/token_shard.h"

namespace gpst {
namespace {

class TokenDatasetTest : public testing::Test {
 protected:
  std::string error_of_opening() const {
    try {
      TokenDataset::open(folder_.path());
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  TemporaryFolder folder_;
};

TEST_F(TokenDatasetTest, the_index_comes_back_as_it_was_written) {
  write_tiny_tokens(folder_.path());
  const TokenIndex index = read_token_index(folder_.path());
  EXPECT_EQ(index.count(), 24);
  EXPECT_EQ(index.shards.size(), 3u);
  EXPECT_EQ(index.shards[2].name, "tokens_00002.safetensors");
  EXPECT_EQ(index.shards[2].count, 4);
  EXPECT_EQ(index.channels, kTinyChannels);
  EXPECT_EQ(index.dtype, "F32");
  EXPECT_EQ(index.statistics.texture.mean.size(), 7u);
  EXPECT_EQ(index.statistics.condition_std.size(), 5u);
  EXPECT_EQ(index.statistics.condition_std[2], 0);  // rho is constant
}

TEST_F(TokenDatasetTest, rows_are_those_of_the_shards) {
  write_tiny_tokens(folder_.path());
  const TokenDataset data = TokenDataset::open(folder_.path());
  ASSERT_EQ(data.size(), 24);
  const TokenBatch batch = data.batch({{.index = 13}, {.index = 2, .flip = true}});
  EXPECT_TRUE(at::equal(batch.tokens[0], tiny_tokens(13)[0]));
  EXPECT_TRUE(at::equal(batch.initial[0], tiny_initial(13)[0]));
  EXPECT_TRUE(at::equal(batch.tokens[1], tiny_tokens(2, true)[0]));
  EXPECT_TRUE(at::equal(batch.initial[1], tiny_initial(2, true)[0]));
  EXPECT_EQ(batch.labels, (std::vector<int64_t>{1, 0}));
  for (int64_t i = 0; i < data.size(); ++i) {  // across the shards' borders
    EXPECT_TRUE(at::equal(data.batch({{.index = i}}).tokens[0], tiny_tokens(i)[0])) << i;
    EXPECT_EQ(data.label(i), i % 2) << i;
  }
  EXPECT_THROW(data.label(24), Error);
}

TEST_F(TokenDatasetTest, an_unfinished_extraction_is_refused) {
  write_tiny_tokens(folder_.path(), {.complete = false});
  EXPECT_NE(error_of_opening().find("not finished"), std::string::npos) << error_of_opening();
}

TEST_F(TokenDatasetTest, a_folder_without_an_index_says_what_makes_one) {
  try {
    TokenDataset::open(folder_.path());
    FAIL() << "opened an empty folder";
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what()).find("gpstoken extract"), std::string::npos);
  }
}

TEST_F(TokenDatasetTest, shards_that_do_not_fit_the_index_are_refused) {
  write_tiny_tokens(folder_.path());
  save_tensors((folder_ / shard_name(1)).string(),
               {{shard_tensor::kTokens, at::zeros({10, 3, 7})},
                {shard_tensor::kInitial, at::zeros({10, 3, 5})},
                {shard_tensor::kLabels, at::zeros({10}, at::kInt)}});
  EXPECT_NE(error_of_opening().find("tokens_00001"), std::string::npos) << error_of_opening();
}

TEST_F(TokenDatasetTest, labels_outside_the_classes_are_refused) {
  write_tiny_tokens(folder_.path());
  TokenIndex index = read_token_index(folder_.path());
  index.classes = 1;
  write_token_index(folder_.path(), index);
  EXPECT_NE(error_of_opening().find("label 1 of row 1"), std::string::npos) << error_of_opening();
}

TEST_F(TokenDatasetTest, an_index_of_another_kind_is_refused) {
  write_file_atomic((folder_ / "index.json").string(), "{\"format_version\": 1}");
  EXPECT_THROW(read_token_index(folder_.path()), InputError);
  write_file_atomic((folder_ / "index.json").string(), "{\"format_version\": 99}");
  EXPECT_NE(error_of_opening().find("99"), std::string::npos);
  write_file_atomic((folder_ / "index.json").string(), "no json");
  EXPECT_THROW(read_token_index(folder_.path()), InputError);
}

}  // namespace
}  // namespace gpst
