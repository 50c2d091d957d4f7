#include "tokenizer/tokens.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

at::Tensor counted(std::vector<int64_t> sizes) {
  int64_t elements = 1;
  for (const int64_t size : sizes) elements *= size;
  return at::arange(elements, at::kFloat).reshape(sizes) / elements;
}

TEST(Tokens, PartsAreTheColumns) {
  const Tokens tokens(counted({2, 3, 8}));
  EXPECT_EQ(tokens.channels(), 3);
  EXPECT_EQ(tokens.tiles(), 2);
  EXPECT_EQ(tokens.tokens(), 3);
  EXPECT_TRUE(
      at::equal(at::cat({tokens.sigma(), tokens.rho(), tokens.mean()}, 2), tokens.geometry()));
  EXPECT_TRUE(at::equal(at::cat({tokens.geometry(), tokens.features()}, 2), tokens.values()));
}

TEST(Tokens, RefusesOtherShapes) {
  EXPECT_THROW(Tokens(at::zeros({1, 4, 5})), InputError);
  EXPECT_THROW(Tokens(at::zeros({4, 8})), InputError);
  EXPECT_THROW(Tokens(at::zeros({1, 4, 8}, at::kInt)), InputError);
}

TEST(MergeTiles, PlacesATileWhereItLies) {
  at::Tensor values = at::zeros({4, 1, 6});
  values.narrow(2, 0, 2).fill_(0.5);  // sigma
  const Tokens merged = merge_tiles(Tokens(values), 2);
  ASSERT_EQ(merged.values().sizes(), (std::vector<int64_t>{1, 4, 6}));
  EXPECT_TRUE(at::equal(
      merged.mean()[0],
      at::tensor({-0.5, -0.5, 0.5, -0.5, -0.5, 0.5, 0.5, 0.5}, at::kFloat).reshape({4, 2})));
  EXPECT_TRUE(at::equal(merged.sigma(), at::full({1, 4, 2}, 0.25)));
}

TEST(MergeTiles, ABatchIsItsPicturesOneByOne) {
  const Tokens batch(counted({2 * 9, 4, 7}));
  const at::Tensor merged = merge_tiles(batch, 3).values();
  for (int64_t picture = 0; picture < 2; ++picture) {
    const Tokens alone(batch.values().narrow(0, 9 * picture, 9));
    EXPECT_TRUE(at::equal(merged.narrow(0, picture, 1), merge_tiles(alone, 3).values()));
  }
}

TEST(MergeTiles, PassesGradients) {
  const at::Tensor values = counted({4, 2, 7}).requires_grad_(true);
  merge_tiles(Tokens(values), 2).values().sum().backward();
  EXPECT_TRUE(at::equal(Tokens(values.grad()).mean(), at::full({4, 2, 2}, 0.5)));
  EXPECT_TRUE(at::equal(Tokens(values.grad()).features(), at::ones({4, 2, 2})));
}

TEST(MergeTiles, RefusesATileCountThatIsNoSquareGrid) {
  EXPECT_THROW(merge_tiles(Tokens(at::zeros({6, 1, 6})), 2), InputError);
  EXPECT_THROW(merge_tiles(Tokens(at::zeros({4, 1, 6})), 0), InputError);
}

// With more than one picture the published merge puts tokens in wrong places; ours does not.
TEST(MergeTilesGolden, AgreesForOnePicture) {
  const auto cases = golden_json("render/cases.json")["cases"];
  int compared = 0;
  for (const auto& c : cases) {
    if (c["kind"] != "tilemerge" || c["batch"] != 1) continue;
    SCOPED_TRACE(c["name"].get<std::string>());
    const SafetensorsFile file = open_golden("render/" + c["file"].get<std::string>());
    const Tokens merged = merge_tiles(Tokens(golden_tensor(file, "tokens")), c["np"]);
    EXPECT_TRUE(
        tensors_close(merged.values(), golden_tensor(file, "merged_tokens"), {.absolute = 1e-6}));
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

}  // namespace
}  // namespace gpst
