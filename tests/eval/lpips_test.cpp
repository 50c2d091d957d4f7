#include "eval/lpips.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/rule_lpips.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kPrefix = "test/lpips/";

const Lpips& net_of(LpipsNet net) { return rule_lpips_net(net, kPrefix); }

// Pictures of no meaning in [-1,1], the same everywhere.
at::Tensor some_pictures(int64_t batch, int64_t height, int64_t width, int64_t seed) {
  const at::Tensor n = at::arange(batch * 3 * height * width) + seed;
  return (n * n % 1009 / 504.5 - 1).to(at::kFloat).view({batch, 3, height, width}).clamp(-1, 1);
}

// The definition, written out in double with LibTorch's own layers: layer N of the published
// `features` is a convolution, a ReLU or a max pool.
at::Tensor plain_lpips(LpipsNet net, at::Tensor a, at::Tensor b) {
  const auto weight = [](const std::string& key, at::IntArrayRef shape) {
    return rule_tensor(kPrefix, key, shape).to(at::kDouble);
  };
  const at::Tensor shift = at::tensor({-.030, -.088, -.188}, at::kDouble).view({1, 3, 1, 1});
  const at::Tensor scale = at::tensor({.458, .448, .450}, at::kDouble).view({1, 3, 1, 1});
  a = (a.to(at::kDouble) - shift) / scale;
  b = (b.to(at::kDouble) - shift) / scale;
  at::Tensor total = at::zeros({a.size(0)}, at::kDouble);
  int64_t channels = 3, tap = 0;
  const auto both = [&](const auto& layer) { a = layer(a), b = layer(b); };
  const auto convolution = [&](int index, int64_t out, int64_t side, int64_t stride, int64_t pad) {
    const std::string key = "features." + std::to_string(index);
    const at::Tensor w = weight(key + ".weight", {out, channels, side, side});
    const at::Tensor bias = weight(key + ".bias", {out});
    both([&](const at::Tensor& x) { return at::conv2d(x, w, bias, stride, pad).relu(); });
    channels = out;
  };
  const auto pool = [&](int64_t side) {
    both([&](const at::Tensor& x) { return at::max_pool2d(x, side, 2); });
  };
  const auto compare = [&] {
    const std::string key = "lin" + std::to_string(tap++) + ".model.1.weight";
    const auto unit = [](const at::Tensor& x) {
      return x / (x.square().sum(1, true).sqrt() + 1e-10);
    };
    const at::Tensor squares = (unit(a) - unit(b)).square();
    total += at::conv2d(squares, weight(key, {1, channels, 1, 1})).mean({1, 2, 3});
  };
  if (net == LpipsNet::alexnet) {
    convolution(0, 64, 11, 4, 2), compare(), pool(3);
    convolution(3, 192, 5, 1, 2), compare(), pool(3);
    convolution(6, 384, 3, 1, 1), compare();
    convolution(8, 256, 3, 1, 1), compare();
    convolution(10, 256, 3, 1, 1), compare();
    return total;
  }
  int index = 0;
  for (const auto& [count, out] : {std::pair(2, 64), {2, 128}, {3, 256}, {3, 512}, {3, 512}}) {
    if (index > 0) pool(2), ++index;
    for (int i = 0; i < count; ++i, index += 2) convolution(index, out, 3, 1, 1);
    compare();
  }
  return total;
}

class LpipsOfNet : public ::testing::TestWithParam<LpipsNet> {
  LibtorchThreads one_{1};
};
INSTANTIATE_TEST_SUITE_P(Lpips, LpipsOfNet, ::testing::Values(LpipsNet::vgg16, LpipsNet::alexnet),
                         [](const auto& each) { return name_of(each.param); });

TEST_P(LpipsOfNet, equals_the_definition) {
  const Lpips& lpips = net_of(GetParam());
  EXPECT_EQ(lpips.net(), GetParam());
  const int64_t side = smallest_side(GetParam());
  const at::Tensor a = some_pictures(2, side + 8, side + 3, 0);
  const at::Tensor b = some_pictures(2, side + 8, side + 3, 5);
  EXPECT_TRUE(
      tensors_close(lpips.distance(a, b), plain_lpips(GetParam(), a, b), {.relative = 1e-5}));
}

TEST_P(LpipsOfNet, zero_for_equal_pictures_and_symmetric) {
  const Lpips& lpips = net_of(GetParam());
  const at::Tensor a = some_pictures(1, 35, 33, 0), b = some_pictures(1, 35, 33, 7);
  EXPECT_EQ(lpips.distance(a, a).item<float>(), 0);
  EXPECT_GT(lpips.distance(a, b).item<float>(), 0);
  EXPECT_EQ(lpips.distance(a, b).item<float>(), lpips.distance(b, a).item<float>());
}

// 256 is the size the convolutions are prepared for.
TEST_P(LpipsOfNet, gradient_path_gives_the_same_values) {
  const Lpips& lpips = net_of(GetParam());
  const at::Tensor a = some_pictures(1, 256, 256, 0), b = some_pictures(1, 256, 256, 3);
  const at::Tensor prepared = lpips.distance(a, b);
  const at::Tensor plain = lpips.distance(a, b.clone().requires_grad_());
  EXPECT_FALSE(prepared.requires_grad());
  EXPECT_TRUE(plain.requires_grad());
  EXPECT_TRUE(tensors_close(plain, prepared, {.relative = 1e-5}));
}

// In either argument.
TEST_P(LpipsOfNet, gradient_is_that_of_the_definition) {
  const int64_t side = smallest_side(GetParam());
  const at::Tensor a = some_pictures(1, side + 2, side + 1, 0);
  const at::Tensor b = some_pictures(1, side + 2, side + 1, 9);
  const auto with_gradient = [](const at::Tensor& x) { return x.clone().requires_grad_(); };
  const at::Tensor a32 = with_gradient(a), b32 = with_gradient(b);
  net_of(GetParam()).distance(a32, b32).sum().backward();
  const at::Tensor a64 = with_gradient(a.to(at::kDouble)), b64 = with_gradient(b.to(at::kDouble));
  plain_lpips(GetParam(), a64, b64).sum().backward();
  EXPECT_TRUE(tensors_close(a32.grad(), a64.grad(), {.relative = 1e-4}));
  EXPECT_TRUE(tensors_close(b32.grad(), b64.grad(), {.relative = 1e-4}));
  // With a gradient in one argument alone, on another path.
  const at::Tensor alone = with_gradient(a);
  net_of(GetParam()).distance(alone, b).sum().backward();
  EXPECT_TRUE(tensors_close(alone.grad(), a64.grad(), {.relative = 1e-4}));
}

// Weights of zero leave taps without any feature: their norm is 0 and has no derivative.
TEST(Lpips, no_features_no_gradient) {
  NamedTensors tensors = rule_lpips(LpipsNet::alexnet, kPrefix);
  for (auto& [name, tensor] : tensors) {
    if (name.starts_with("features.")) tensor.zero_();
  }
  const TemporaryFolder folder;
  save_tensors(folder / "lpips.safetensors", tensors);
  const Lpips lpips = Lpips::load({folder / "lpips.safetensors"});
  const at::Tensor x = some_pictures(1, 32, 32, 0).requires_grad_();
  const at::Tensor distance = lpips.distance(x, some_pictures(1, 32, 32, 5));
  EXPECT_EQ(distance.item<float>(), 0);
  distance.sum().backward();
  EXPECT_TRUE(x.grad().eq(0).all().item<bool>());
}

TEST_P(LpipsOfNet, smallest_side) {
  const Lpips& lpips = net_of(GetParam());
  const int64_t side = smallest_side(GetParam());
  EXPECT_EQ(side, GetParam() == LpipsNet::vgg16 ? 16 : 31);
  const at::Tensor small = some_pictures(1, side, side + 1, 0);
  EXPECT_EQ(lpips.distance(small, small).item<float>(), 0);
  const at::Tensor smaller = some_pictures(1, side + 1, side - 1, 0);
  EXPECT_THAT(message_of<InputError>([&] { lpips.distance(smaller, smaller); }),
              HasSubstr("at least " + std::to_string(side) + "x" + std::to_string(side)));
}

TEST(Lpips, wrong_batches_are_refused) {
  const Lpips& lpips = net_of(LpipsNet::alexnet);
  const at::Tensor x = some_pictures(1, 32, 40, 0);
  EXPECT_THAT(message_of<InputError>([&] { lpips.distance(x, some_pictures(1, 40, 32, 0)); }),
              AllOf(HasSubstr("[1, 3, 32, 40]"), HasSubstr("[1, 3, 40, 32]")));
  EXPECT_THROW(lpips.distance(x, x.to(at::kDouble)), InputError);
  EXPECT_THROW(lpips.taps(x[0]), InputError);
}

}  // namespace
}  // namespace gpst
