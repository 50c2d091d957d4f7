// LPIPS against the golden values: as a loss with its gradient, and as a metric of pairs.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "eval/lpips.h"
#include "eval/paired.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/rule_lpips.h"
#include "tests/support/golden_picture.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

const Lpips& golden_lpips(LpipsNet net, const nlohmann::json& meta) {
  return rule_lpips_net(net, meta.at("weights_prefix").at(name_of(net)));
}

class LpipsGolden : public ::testing::Test {
  LibtorchThreads one_{1};
};

TEST_F(LpipsGolden, values_and_gradient_of_the_loss) {
  const SafetensorsFile golden = open_golden("losses/losses.safetensors");
  const Lpips& lpips = golden_lpips(LpipsNet::vgg16, golden_json("losses/losses.json"));
  const at::Tensor inputs = golden_tensor(golden, "inputs");
  const at::Tensor recon = golden_tensor(golden, "recon").requires_grad_();

  const at::Tensor distance = lpips.distance(inputs, recon);
  const at::Tensor expected = golden_tensor(golden, "lpips_value").flatten();
  EXPECT_TRUE(tensors_close(distance, expected, {.relative = 1e-5}));

  distance.mean().backward();
  const at::Tensor gradient = python_slice(recon.grad(), "[:, :, ::2, ::2]");
  EXPECT_TRUE(
      tensors_close(gradient, golden_tensor(golden, "lpips_grad_recon_sub2"), {.relative = 1e-3}));
}

TEST_F(LpipsGolden, taps_of_vgg16) {
  const SafetensorsFile golden = open_golden("losses/losses.safetensors");
  const Lpips& lpips = golden_lpips(LpipsNet::vgg16, golden_json("losses/losses.json"));
  const std::vector<at::Tensor> taps = lpips.taps(golden_tensor(golden, "inputs"));
  ASSERT_EQ(taps.size(), static_cast<size_t>(kLpipsTaps));
  for (size_t i = 0; i < taps.size(); ++i) {
    const std::string name = "vgg_relu" + std::to_string(i + 1) + "_sub";
    const auto step = [&](int64_t dim) { return std::max<int64_t>(1, taps[i].size(dim) / 8); };
    const at::Tensor sub =
        taps[i].slice(1, 0, {}, 16).slice(2, 0, {}, step(2)).slice(3, 0, {}, step(3));
    EXPECT_TRUE(tensors_close(sub, golden_tensor(golden, name), {.relative = 1e-5})) << name;
  }
}

TEST_F(LpipsGolden, pairs) {
  const SafetensorsFile pictures = open_golden("metrics/pairs.safetensors");
  const nlohmann::json metrics = golden_json("metrics/metrics.json");
  ASSERT_FALSE(metrics.at("pairs").empty());
  for (const auto& [net, key] :
       {std::pair(LpipsNet::vgg16, "lpips_vgg"), std::pair(LpipsNet::alexnet, "lpips_alex")}) {
    PairedOptions options;
    options.lpips = golden_lpips(net, metrics);
    for (const auto& pair : metrics.at("pairs")) {
      const std::string name = pair.at("name");
      const PairScore score = compare_pair(golden_picture(pictures, name + ".a"),
                                           golden_picture(pictures, name + ".b"), options);
      const double expected = pair.at(key);
      EXPECT_NEAR(score.lpips.value(), expected, 1e-5 * expected) << name << " " << key;
    }
  }
}

}  // namespace
}  // namespace gpst
