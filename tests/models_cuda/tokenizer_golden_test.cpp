// The tokenizer with fused kernels, from picture to picture.
#include "tests/support/kernel_device.h"
#include "tests/support/signal_ratio.h"
#include "tests/tokenizer/golden_tokenizer.h"

namespace gpst {
namespace {

class PlacedGolden : public ::testing::TestWithParam<std::string> {
 protected:
  GoldenTokenizer& golden() { return GoldenTokenizer::get(GetParam()); }
  at::Tensor io(const std::string& name) { return golden_tensor(golden().io(), name); }

  Tokenizer placed(at::ScalarType type) { return golden().tokenizer().to(kernel_device(), type); }

  // The first picture and its tokens: the golden set may hold more, which would teach no more.
  at::Tensor encoded(at::ScalarType type) {
    const KernelScope kernels;
    const at::Tensor picture = to_kernels(golden().pictures().narrow(0, 0, 1));
    return placed(type).encode_batch(picture).tokens.values().cpu();  // [1,l,5+c]
  }
  at::Tensor decoded(at::ScalarType type) {
    const KernelScope kernels;
    const at::Tensor tokens = to_kernels(io("tokens").narrow(0, 0, 1));
    return placed(type).decode_batch(tokens).to(at::kCPU, at::kFloat);  // [1,3,S,S]
  }

  // Region order, and so that of the tokens, equals the original's (a near-tie in a few cases).
  bool same_order() {
    const nlohmann::json cases = golden_json("partition/cases.json");
    for (const auto& each : cases.at("cases")) {
      if (each.at("name") == golden().meta().at("partitions").at(0)) {
        return each.at("same_partition_with_plain_resize");
      }
    }
    return false;
  }
};

// Emulated, the whole set takes a minute: a part shows that the kernels fit into the model.
bool emulated() { return kernel_device().is_cpu(); }

TEST_P(PlacedGolden, EncodesInFloat32) {
  if (emulated() && GetParam() != GoldenTokenizer::names().front()) GTEST_SKIP() << "on a GPU";
  if (!same_order()) GTEST_SKIP() << "another order of regions";
  EXPECT_TRUE(tensors_close(encoded(at::kFloat), io("tokens").narrow(0, 0, 1), {.absolute = 3e-4}));
}

TEST_P(PlacedGolden, DecodesInFloat32) {
  EXPECT_TRUE(golden().recon_close(decoded(at::kFloat), {.absolute = 5e-4}));
}

// In bfloat16 the convolutions of a CPU are slow; placed_tokenizer_test.cpp has small models.
TEST_P(PlacedGolden, EncodesInBfloat16) {
  if (emulated()) GTEST_SKIP() << "on a GPU";
  if (!same_order()) GTEST_SKIP() << "another order of regions";
  const Tokens found(encoded(at::kBFloat16)), exact(io("tokens").narrow(0, 0, 1));
  EXPECT_GT(signal_ratio_db(found.geometry(), exact.geometry()), 45);
  EXPECT_GT(signal_ratio_db(found.features(), exact.features()), 35);
}

TEST_P(PlacedGolden, DecodesInBfloat16) {
  if (emulated()) GTEST_SKIP() << "on a GPU";
  EXPECT_GT(signal_ratio_db(decoded(at::kBFloat16), decoded(at::kFloat)), 35);
}

INSTANTIATE_TEST_SUITE_P(All, PlacedGolden, ::testing::ValuesIn(GoldenTokenizer::names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace gpst
