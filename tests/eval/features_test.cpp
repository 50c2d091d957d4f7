#include "eval/features.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "eval/chunks.h"
#include "eval/picture_set.h"
#include "image/png.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/rule_inception.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kPrefix = "test/inception/";
constexpr FeatureRequest kEverything = {.spatial = true, .pool_rows = true, .logits = true};

Picture8 some_picture(int number, int width, int height) {
  Picture8 picture(width, height);
  unsigned value = static_cast<unsigned>(number) * 77;
  for (uint8_t& each : picture.rgb) each = static_cast<uint8_t>((value = value * 5 + 3) >> 2);
  return picture;
}

class Features : public ::testing::Test {
 protected:
  void add_picture(int number, int width = 40, int height = 30) const {
    write_png((folder_ / name_of_picture(number)).string(), some_picture(number, width, height));
  }
  static std::string name_of_picture(int number) {
    return "picture" + std::to_string(number) + ".png";
  }
  PictureSet set() const { return PictureSet::open({folder_.path().string()}); }

  SetFeatures extract(const FeatureOptions& options) const {
    return extract_features(set(), rule_inception_net(kPrefix), options, Log::silent());
  }

  TemporaryFolder folder_;
};

// A set of more than a chunk, with a broken file inside the first one.
TEST_F(Features, do_not_depend_on_threads_and_leave_broken_pictures_out) {
  for (int i = 0; i < 10; ++i) add_picture(i);
  folder_.write(name_of_picture(4), "no picture");
  std::vector<std::pair<int64_t, std::string>> rejected;
  FeatureOptions options{.request = kEverything,
                         .on_reject = [&](int64_t index, const std::string& reason) {
                           rejected.emplace_back(index, reason);
                         }};
  const SetFeatures one = extract(options);
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].first, 4);
  EXPECT_THAT(rejected[0].second, HasSubstr(name_of_picture(4)));

  options.threads = 2;
  const SetFeatures two = extract(options);
  EXPECT_TRUE(at::equal(one.pool_rows, two.pool_rows));
  EXPECT_TRUE(at::equal(one.logits, two.logits));
  EXPECT_TRUE(at::equal(one.pool.covariance, two.pool.covariance));
  EXPECT_TRUE(at::equal(one.spatial->covariance, two.spatial->covariance));

  EXPECT_EQ(one.count, 9);
  EXPECT_EQ(one.pool_rows.sizes(), at::IntArrayRef({9, 2048}));
  EXPECT_EQ(one.logits.sizes(), at::IntArrayRef({9, 1008}));
  EXPECT_EQ(one.pool.count, 9);
  EXPECT_EQ(one.spatial->mean.size(0), 2023);
  EXPECT_TRUE(at::equal(one.pool.mean, moments_of(one.pool_rows).mean));
}

TEST_F(Features, are_those_of_the_pictures_in_their_order) {
  for (int i = 0; i < 2; ++i) add_picture(i);
  const SetFeatures found =
      extract({.input = InceptionInput::half_pixel_bilinear, .request = {.pool_rows = true}});
  EXPECT_FALSE(found.spatial.has_value());
  EXPECT_FALSE(found.logits.defined());
  const LibtorchThreads one_thread(1);
  for (int i = 0; i < 2; ++i) {
    Picture8 picture = some_picture(i, 40, 30);
    const at::Tensor pixels = at::from_blob(picture.rgb.data(), {1, 30, 40, 3}, at::kByte);
    const at::Tensor expected =
        rule_inception_net(kPrefix)
            .features(inception_input(pixels, InceptionInput::half_pixel_bilinear))
            .pool;
    EXPECT_TRUE(tensors_close(found.pool_rows.narrow(0, i, 1), expected, {.relative = 1e-5}));
  }
}

TEST_F(Features, two_sizes_in_a_set_are_an_error_that_names_both) {
  for (int i = 0; i < 3; ++i) add_picture(i, 40, i == 2 ? 31 : 30);
  EXPECT_THAT(message_of<InputError>([&] { extract({}); }),
              AllOf(HasSubstr("picture0.png is 40x30"), HasSubstr("picture2.png is 40x31"),
                    HasSubstr("--size N")));
}

TEST_F(Features, one_picture_has_no_covariance) {
  add_picture(0);
  EXPECT_THAT(message_of<InputError>([&] { extract({}); }), HasSubstr("at least two"));
}

}  // namespace
}  // namespace gpst
