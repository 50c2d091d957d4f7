#include "train/extract.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "image/picture_source.h"
#include "io/json_lines.h"
#include "nn/weights.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_tokenizer.h"
#include "tokenizer/model.h"
#include "tokenizer/picture_tensor.h"
#include "train/token_dataset.h"

namespace gpst {
namespace {

constexpr int64_t kPictures = 7;

Tokenizer random_tokenizer() {
  at::manual_seed(3);
  auto model = std::make_shared<TokenizerModel>(tiny_tokenizer_options());
  const at::NoGradGuard no_gradients;
  for (at::Tensor& parameter : model->parameters()) parameter.normal_(0, 0.1);
  return Tokenizer(std::move(model));
}

class ExtractTest : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_pictures(folder_ / "in", kPictures);
    options_.shard_size = 3;
    options_.flips = true;
    options_.show_progress = false;
  }

  PictureSource source() const { return PictureSource::open({(folder_ / "in").string()}); }

  ExtractReport extract(const std::string& output, const std::string& hash = "h") const {
    const PictureSource pictures = source();
    std::vector<int64_t> positions(static_cast<size_t>(pictures.size())), labels;
    std::iota(positions.begin(), positions.end(), int64_t{0});
    for (const int64_t i : positions) labels.push_back(pictures.item(i).label_part == "odd");
    return extract_tokens({.tokenizer = tokenizer_,
                           .tokenizer_hash = hash,
                           .tokenizer_config = "yaml",
                           .source = pictures,
                           .positions = positions,
                           .labels = labels,
                           .classes = 2},
                          options_, folder_ / output, Log::silent());
  }

  std::string bytes(const std::string& file) const { return read_file((folder_ / file).string()); }

  // Takes back what the index knows of the last shards, as if the run had been killed before them.
  void forget_shards(const std::string& output, size_t kept) const {
    TokenIndex index = read_token_index(folder_ / output);
    index.shards.resize(kept);
    index.complete = false;
    write_token_index(folder_ / output, index);
  }

  ExtractReport extract_part(const std::string& output, int64_t number, int64_t count) {
    options_.part = {.number = number, .count = count};
    const ExtractReport report = extract(output);
    options_.part = {};
    return report;
  }

  void spoil(const std::string& picture) const {
    write_file_atomic((folder_ / ("in/" + picture)).string(), "not a picture");
  }

  // Names and bytes of all files.
  std::map<std::string, std::string> files(const std::string& output) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / output)) {
      const std::string name = entry.path().filename().string();
      files[name] = name == ".lock" ? "" : read_file(entry.path().string());
    }
    return files;
  }

  TemporaryFolder folder_;
  Tokenizer tokenizer_ = random_tokenizer();
  ExtractOptions options_;
};

TEST_F(ExtractTest, shards_hold_what_the_tokenizer_makes) {
  const ExtractReport report = extract("out");
  EXPECT_EQ(report.pictures, kPictures);
  EXPECT_EQ(report.rejected, 0);
  EXPECT_EQ(report.shards, 3);
  const TokenDataset data = TokenDataset::open(folder_ / "out");
  const PictureSource pictures = source();
  for (const int64_t i : {0, 5}) {
    const Picture8 crop = preprocess(pictures.load(i, {}), {.size = 32});
    const EncodedPicture plain = tokenizer_.encode(picture_tensor(crop));
    const EncodedPicture mirrored = tokenizer_.encode(picture_tensor(mirror(crop)));
    const TokenBatch row = data.batch({{.index = i}, {.index = i, .flip = true}});
    EXPECT_TRUE(at::allclose(row.tokens[0], plain.tokens.values()[0], 1e-5, 1e-6));
    EXPECT_TRUE(at::equal(row.initial[0], plain.initial.values()[0]));
    EXPECT_TRUE(at::allclose(row.tokens[1], mirrored.tokens.values()[0], 1e-5, 1e-6));
    EXPECT_EQ(data.label(i), pictures.item(i).label_part == "odd");
  }
  const ShardEntry& shard = data.index().shards[1];
  EXPECT_EQ(shard.xxh3, xxh3_hex(bytes("out/" + shard.name)));
}

TEST_F(ExtractTest, batches_hold_what_single_pictures_do) {
  write_file_atomic((folder_ / "in/odd/3.png").string(), "not a picture");
  const ExtractReport one_by_one = extract("single");
  options_.batch_size = 2;
  options_.threads = 2;
  const ExtractReport in_batches = extract("batches");
  EXPECT_EQ(in_batches.pictures, one_by_one.pictures);
  EXPECT_EQ(in_batches.rejected, 1);
  const TokenDataset expected = TokenDataset::open(folder_ / "single");
  const TokenDataset made = TokenDataset::open(folder_ / "batches");
  ASSERT_EQ(made.size(), expected.size());
  for (int64_t i = 0; i < made.size(); ++i) {
    for (const bool flip : {false, true}) {
      const TokenBatch a = made.batch({{.index = i, .flip = flip}});
      const TokenBatch b = expected.batch({{.index = i, .flip = flip}});
      EXPECT_TRUE(at::allclose(a.tokens, b.tokens, 1e-4, 1e-5)) << i;
      EXPECT_TRUE(at::equal(a.initial, b.initial)) << i;
      EXPECT_EQ(a.labels, b.labels);
    }
  }
}

TEST_F(ExtractTest, statistics_are_those_of_all_tokens) {
  extract("out");
  const TokenDataset data = TokenDataset::open(folder_ / "out");
  std::vector<at::Tensor> values;
  for (int64_t i = 0; i < data.size(); ++i) {
    const TokenBatch rows = data.batch({{.index = i}, {.index = i, .flip = true}});
    at::Tensor value = rows.tokens.to(at::kDouble).clone();
    value.narrow(2, 0, 5).sub_(rows.initial);
    values.push_back(value.view({-1, value.size(2)}));
  }
  const at::Tensor all = at::cat(values);  // [N*l,5+c]
  const ChannelStatistics& texture = data.index().statistics.texture;
  for (int64_t c = 0; c < all.size(1); ++c) {
    EXPECT_NEAR(texture.mean[c], all.select(1, c).mean().item<double>(), 1e-6) << c;
    EXPECT_NEAR(texture.std[c], all.select(1, c).std(/*unbiased=*/false).item<double>(), 1e-6) << c;
  }
}

TEST_F(ExtractTest, an_interrupted_extraction_goes_on_to_the_same_bytes) {
  extract("whole");
  extract("out");
  forget_shards("out", 1);
  std::filesystem::remove(folder_ / "out/tokens_00002.safetensors");
  options_.threads = 2;
  EXPECT_EQ(extract("out").pictures, kPictures);
  for (const char* name :
       {"tokens_00000.safetensors", "tokens_00001.safetensors", "tokens_00002.safetensors"}) {
    EXPECT_EQ(bytes(std::string("out/") + name), bytes(std::string("whole/") + name)) << name;
  }
  EXPECT_EQ(bytes("out/index.json"), bytes("whole/index.json"));
}

TEST_F(ExtractTest, a_signal_keeps_the_finished_shards) {
  extract("out");
  forget_shards("out", 2);
  install_interrupt_handlers();
  std::raise(SIGINT);
  EXPECT_THROW(extract("out"), Interrupted);
  clear_interrupt();
  EXPECT_EQ(read_token_index(folder_ / "out").shards.size(), 2u);
  EXPECT_EQ(extract("out").shards, 3);
}

TEST_F(ExtractTest, a_bad_picture_costs_itself_only) {
  write_file_atomic((folder_ / "in/odd/3.png").string(), "not a picture");
  const ExtractReport report = extract("out");
  EXPECT_EQ(report.pictures, kPictures - 1);
  EXPECT_EQ(report.rejected, 1);
  const auto rejects = read_json_lines((folder_ / "out/rejects.jsonl").string());
  ASSERT_EQ(rejects.size(), 1u);
  EXPECT_NE(rejects[0].at("path").get<std::string>().find("3.png"), std::string::npos);
  EXPECT_EQ(extract("out").rejected, 1) << "a finished extraction still says so";
  EXPECT_EQ(read_json_lines((folder_ / "out/rejects.jsonl").string()).size(), 1u);
}

TEST_F(ExtractTest, nothing_but_bad_pictures_is_an_error) {
  for (int i = 0; i < kPictures; ++i) {
    const std::string label = i % 2 == 0 ? "even" : "odd";
    write_file_atomic((folder_ / ("in/" + label + "/" + std::to_string(i) + ".png")).string(), "x");
  }
  EXPECT_THROW(extract("out"), InputError);
}

TEST_F(ExtractTest, another_job_is_refused) {
  extract("out");
  EXPECT_THROW(extract("out", "another tokenizer"), InputError);
  options_.dtype = DType::f16;
  EXPECT_THROW(extract("out"), InputError);
  options_.dtype = DType::f32;
  std::filesystem::remove(folder_ / "in/odd/1.png");
  EXPECT_THROW(extract("out"), InputError);
  remove_tokens(folder_ / "out");
  EXPECT_EQ(extract("out").pictures, kPictures - 1);
}

TEST_F(ExtractTest, tokens_of_two_types_are_not_mixed) {
  extract("out");
  EXPECT_EQ(read_token_index(folder_ / "out").computed, "fp32");
  forget_shards("out", 1);
  tokenizer_ = tokenizer_.to(at::kCPU, at::kBFloat16);
  EXPECT_THROW(extract("out"), InputError);
  extract("rounded");
  EXPECT_EQ(read_token_index(folder_ / "rounded").computed, "bf16");
}

TEST_F(ExtractTest, float16_shards_are_close_to_float32) {
  extract("exact");
  options_.dtype = DType::f16;
  extract("half");
  const auto file = SafetensorsFile::open((folder_ / "half/tokens_00000.safetensors").string());
  EXPECT_EQ(file.get(shard_tensor::kTokens).dtype, DType::f16);
  const at::Tensor exact = TokenDataset::open(folder_ / "exact").batch({{.index = 4}}).tokens;
  const at::Tensor half = TokenDataset::open(folder_ / "half").batch({{.index = 4}}).tokens;
  EXPECT_TRUE(at::allclose(exact, half, 1e-3, 1e-3));
}

TEST_F(ExtractTest, several_processes_write_the_bytes_of_one) {
  spoil("even/0.png");
  spoil("odd/3.png");
  spoil("odd/5.png");
  options_.shard_size = 2;  // sorted: even/0 even/2 | even/4 even/6 | odd/1 odd/3 | odd/5
  const ExtractReport whole = extract("whole");
  EXPECT_EQ(whole.rejected, 3);
  EXPECT_EQ(whole.shards, 3) << "nothing is left of the last";
  for (const int64_t count : {2, 3, 6}) {
    const std::string output = "of" + std::to_string(count);
    int64_t pictures = 0;
    for (int64_t number = count - 1; number > 0; --number) {
      pictures += extract_part(output, number, count).pictures;
      EXPECT_FALSE(path_exists((folder_ / output / "index.json").string()));
    }
    EXPECT_LT(pictures, whole.pictures);
    const ExtractReport joined = extract_part(output, 0, count);
    EXPECT_EQ(joined.pictures, whole.pictures);
    EXPECT_EQ(joined.rejected, whole.rejected);
    EXPECT_EQ(joined.shards, whole.shards);
    EXPECT_EQ(files(output), files("whole")) << count;
  }
}

TEST_F(ExtractTest, a_process_that_does_not_run_is_named_and_its_shards_can_be_made_later) {
  extract("whole");
  options_.patience = std::chrono::seconds(1);
  try {
    extract_part("out", 0, 2);
    FAIL() << "shard 1 is missing";
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what())
                  .find("process 1 of 2 has not run for 1 s (shards it has still to make: 1)"),
              std::string::npos)
        << error.what();
  }
  extract_part("out", 2, 3);
  extract("out");
  EXPECT_EQ(files("out"), files("whole"));
}

TEST_F(ExtractTest, a_process_that_runs_is_waited_for) {
  extract("whole");
  options_.patience = std::chrono::seconds(1);
  std::filesystem::create_directories(folder_ / "out");
  extract_part("other", 1, 2);
  std::thread other([&] {
    const FileLock running((folder_ / "out/.rank1.lock").string());
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    for (const char* name : {"tokens_00001.safetensors", "index.rank1.json"}) {
      std::filesystem::copy_file(folder_ / "other" / name, folder_ / "out" / name);
    }
  });
  EXPECT_EQ(extract_part("out", 0, 2).shards, 3);
  other.join();
  EXPECT_EQ(files("out"), files("whole"));
}

TEST_F(ExtractTest, a_shard_that_is_gone_or_cut_is_made_again) {
  extract("whole");
  extract("out");
  std::filesystem::remove(folder_ / "out/tokens_00000.safetensors");
  std::filesystem::resize_file(folder_ / "out/tokens_00001.safetensors", 200);
  EXPECT_EQ(extract("out").pictures, kPictures);
  EXPECT_EQ(files("out"), files("whole"));
  std::filesystem::remove(folder_ / "out/tokens_00001.safetensors");
  extract_part("out", 1, 2);
  extract_part("out", 0, 2);
  EXPECT_EQ(files("out"), files("whole"));
}

TEST_F(ExtractTest, a_process_with_another_tokenizer_is_refused) {
  extract_part("out", 1, 2);
  options_.part = {.number = 0, .count = 2};
  EXPECT_THROW(extract("out", "another tokenizer"), InputError);
  remove_tokens(folder_ / "out");
  EXPECT_EQ(files("out").size(), 1U) << "the lock";
}

TEST_F(ExtractTest, rejects_that_an_interrupted_run_left_stand_there_once) {
  spoil("even/4.png");
  extract("whole");
  extract("out");
  TokenIndex index = read_token_index(folder_ / "out");
  index.complete = false;
  index.shards.erase(index.shards.begin());  // killed between the reject and the index
  write_token_index(folder_ / "out", index);
  extract("out");
  EXPECT_EQ(files("out"), files("whole"));
}

}  // namespace
}  // namespace gpst
