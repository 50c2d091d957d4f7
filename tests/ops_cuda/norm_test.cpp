// The norms' kernels against the CPU's float64.
#include <limits>

#include "base/error.h"
#include "ops/group_norm_silu.h"
#include "ops/norm_ops.h"
#include "tests/ops/support.h"
#include "tests/support/expect_error.h"
#include "tests/support/kernel_device.h"

namespace gpst {
namespace {

using test::near;
using test::same_bits;
using test::uniform;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

struct Inputs {
  at::Tensor x, weight, bias, direction;
  Inputs to(at::ScalarType type) const {
    return {x.to(type), weight.to(type), bias.to(type), direction.to(type)};
  }
};

Inputs inputs_of(at::IntArrayRef shape) {
  return {uniform(shape, 1, -2, 3, at::kFloat), uniform({shape[1]}, 2, 0.5, 1.5, at::kFloat),
          uniform({shape[1]}, 3, -1, 1, at::kFloat), uniform(shape, 4, -1, 1, at::kFloat)};
}

struct Result {
  at::Tensor y, x, weight, bias;  // the last three: gradients
};

Result run(const Inputs& in, const NormOptions& options) {
  const auto leaf = [](const at::Tensor& t) { return t.detach().requires_grad_(); };
  const at::Tensor x = leaf(in.x), weight = leaf(in.weight), bias = leaf(in.bias);
  const at::Tensor y = norm_silu(x, weight, bias, options);
  y.backward(in.direction);
  return {y.detach().cpu(), x.grad().cpu(), weight.grad().cpu(), bias.grad().cpu()};
}

Result on_device(const Inputs& in, const NormOptions& options) {
  return on_kernels([&] {
    return run(
        {to_kernels(in.x), to_kernels(in.weight), to_kernels(in.bias), to_kernels(in.direction)},
        options);
  });
}

std::vector<NormOptions> all_variants() {
  std::vector<NormOptions> result;
  for (const Activation activation : {Activation::none, Activation::silu}) {
    result.push_back({.groups = 4, .eps = 1e-3, .activation = activation});
    for (const int64_t tiles : {1, 2, 3}) {
      result.push_back({.groups = 4,
                        .eps = 1e-2,
                        .kind = NormKind::tile,
                        .tiles = tiles,
                        .activation = activation});
    }
  }
  return result;
}

TEST(NormCuda, AgreesWithTheCpu) {
  for (const int64_t channels : {4, 12, 32}) {
    const Inputs in = inputs_of({2, channels, 12, 18});
    Inputs last = in;
    last.x = in.x.contiguous(kLast);
    last.direction = in.direction.contiguous(kLast);
    for (const NormOptions& options : all_variants()) {
      SCOPED_TRACE(::testing::Message() << channels << " channels, " << options.tiles << " tiles");
      const Result wide = run(in.to(at::kDouble), options);
      const Result found = on_device(in, options), in_last = on_device(last, options);
      EXPECT_TRUE(near(found.y, wide.y, 3e-6));
      EXPECT_TRUE(near(found.x, wide.x, 2e-5));
      EXPECT_TRUE(near(found.weight, wide.weight, 2e-5));
      EXPECT_TRUE(near(found.bias, wide.bias, 2e-5));
      EXPECT_TRUE(found.y.is_contiguous());
      EXPECT_TRUE(in_last.y.is_contiguous(kLast));
      EXPECT_TRUE(same_bits(in_last.y, found.y));
      EXPECT_TRUE(same_bits(in_last.x, found.x));
      EXPECT_TRUE(same_bits(in_last.weight, found.weight));
    }
  }
}

TEST(NormCuda, TakesBfloat16AsTheCpuDoes) {
  const Inputs in = inputs_of({2, 16, 12, 18});
  Inputs narrow = in;
  narrow.x = in.x.to(at::kBFloat16).contiguous(kLast);
  narrow.direction = in.direction.to(at::kBFloat16);
  for (const NormOptions& options : all_variants()) {
    const Result cpu = run(narrow, options), found = on_device(narrow, options);
    EXPECT_EQ(cpu.y.scalar_type(), at::kBFloat16);
    EXPECT_EQ(found.y.scalar_type(), at::kBFloat16);
    EXPECT_EQ(found.x.scalar_type(), at::kBFloat16);
    EXPECT_EQ(found.weight.scalar_type(), at::kFloat);
    EXPECT_TRUE(near(found.y, cpu.y, 1.0 / 256));
    EXPECT_TRUE(near(found.x, cpu.x, 1.0 / 256));
    EXPECT_TRUE(near(found.weight, cpu.weight, 2e-5));
    EXPECT_TRUE(found.y.is_contiguous(kLast));
  }
}

TEST(NormCuda, GivesTheStatisticsOfTheCpu) {
  const Inputs in = inputs_of({2, 8, 12, 18});
  const auto statistics = [&](const at::Tensor& x) {
    return std::get<1>(ops::norm_silu(x, in.weight.to(x.device()), in.bias.to(x.device()), 4, 1e-6,
                                      /*kind=*/1, /*tiles=*/3, /*activation=*/0))
        .cpu();
  };
  const at::Tensor expected = statistics(in.x);
  const at::Tensor found = on_kernels([&] { return statistics(to_kernels(in.x)); });
  EXPECT_EQ(found.scalar_type(), at::kDouble);
  EXPECT_TRUE(near(found, expected, 1e-6));
}

TEST(NormCuda, AConstantAndANaNAreAsOnTheCpu) {
  for (const int64_t tiles : {1, 2, 4}) {
    const NormOptions options{
        .groups = 2, .kind = NormKind::tile, .tiles = tiles, .activation = Activation::silu};
    Inputs in = inputs_of({2, 4, 8, 12});
    in.x.fill_(5);
    const Result constant = on_device(in, options), expected = run(in, options);
    EXPECT_TRUE(constant.x.isfinite().all().item<bool>());
    if (tiles ==
        1) {  // the weights of more tiles sum to 1 but for a rounding, which 1/eps enlarges
      EXPECT_TRUE(near(constant.y, expected.y, 1e-6));
    }
    in = inputs_of({2, 4, 8, 12});
    in.x[1][3][2][7] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(at::equal(on_device(in, options).y.isnan(), run(in, options).y.isnan()));
  }
}

TEST(NormCuda, TakesNoPictureAndRefusesFloat64) {
  const Inputs in = inputs_of({1, 4, 6, 6});
  const Inputs wide = in.to(at::kDouble);
  EXPECT_NE(message_of<InputError>([&] { on_device(wide, {.groups = 2}); }).find("float32"),
            std::string::npos);
  Inputs none = in;
  none.x = at::empty({0, 4, 6, 6});
  none.direction = at::empty({0, 4, 6, 6});
  const Result result = on_device(none, {.groups = 2});
  EXPECT_EQ(result.y.size(0), 0);
  EXPECT_TRUE(at::equal(result.weight, at::zeros({4})));
}

}  // namespace
}  // namespace gpst
