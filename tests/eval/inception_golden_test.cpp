#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>

#include "eval/inception_input.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/rule_inception.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

constexpr Tolerance kFeatures = {.absolute = 5e-4};
constexpr auto kInput = InceptionInput::tf1_bilinear;

class InceptionGolden : public ::testing::Test {
 protected:
  // The picture `name`, [1,H,W,3]: stored here, or where the json says.
  at::Tensor picture(const std::string& name) const {
    const auto source = about_["inception"].find(name + "_source");
    if (source == about_["inception"].end()) return golden_tensor(stored_, name).unsqueeze(0);
    const auto text = source->get<std::string>();  // "partition/images.safetensors:crop5"
    const size_t colon = text.rfind(':');
    return golden_tensor(open_golden(text.substr(0, colon)), text.substr(colon + 1)).unsqueeze(0);
  }

  const nlohmann::json about_ = golden_json("metrics/metrics.json");
  const SafetensorsFile stored_ = open_golden("metrics/inception.safetensors");
  const LibtorchThreads one_thread_{1};
  const Inception& net_ = rule_inception_net(about_["weights_prefix"]["inception"]);
};

TEST_F(InceptionGolden, features_of_every_picture) {
  for (const auto& each : about_["inception"]["images"]) {
    const auto name = each.get<std::string>();
    SCOPED_TRACE(name);
    const InceptionFeatures found = net_.features(inception_input(picture(name), kInput));
    const auto expected = [&](const char* what) {
      return golden_tensor(stored_, name + what).unsqueeze(0);
    };
    EXPECT_TRUE(tensors_close(found.pool, expected(".pool2048"), kFeatures));
    EXPECT_TRUE(tensors_close(found.spatial, expected(".spatial2023"), kFeatures));
    EXPECT_TRUE(tensors_close(found.logits, expected(".logits_unbiased"), kFeatures));
    if (stored_.find(name + ".logits") == nullptr) continue;
    EXPECT_TRUE(tensors_close(found.logits + net_.logits_bias(), expected(".logits"), kFeatures));
  }
}

// The golden set stores the stages of one picture.
TEST_F(InceptionGolden, input_and_every_stored_stage) {
  int64_t compared = 0;
  for (const auto& each : about_["inception"]["images"]) {
    const auto name = each.get<std::string>();
    if (stored_.find(name + ".resized299_sub7") == nullptr) continue;
    const at::Tensor input = inception_input(picture(name), kInput);
    EXPECT_TRUE(tensors_close(python_slice(input[0] * 128 + 128, "[:, ::7, ::7]"),
                              golden_tensor(stored_, name + ".resized299_sub7"),
                              {.absolute = 1e-4}));
    net_.features(input, [&](std::string_view stage, const at::Tensor& map) {
      const TensorView* stored = stored_.find(name + ".mid." + std::string(stage));
      if (stored == nullptr) return;
      SCOPED_TRACE(stage);
      const auto& stride = about_["inception"]["spread"]["mid"][std::string(stage)]["stride"];
      at::Tensor part = map[0];
      for (int64_t dim = 0; dim < 3; ++dim) {
        part = part.slice(dim, 0, part.size(dim), stride[static_cast<size_t>(dim)]);
      }
      EXPECT_TRUE(tensors_close(part, to_tensor(*stored), kFeatures));
      ++compared;
    });
  }
  EXPECT_EQ(compared, static_cast<int64_t>(about_["inception"]["spread"]["mid"].size()));
}

// The perceptual term of the tokenizer's training, on 255 * (x + 1) without clamp or rounding.
TEST(InceptionLossGolden, value_features_and_gradient) {
  const LibtorchThreads one_thread(1);
  const nlohmann::json about = golden_json("losses/losses.json");
  const SafetensorsFile stored = open_golden("losses/losses.safetensors");
  const Inception& net = rule_inception_net(about["weights_prefix"]["inception"]);
  const auto features = [&](const at::Tensor& x) {
    return net.features(inception_input_of_values(255 * (x + 1), kInput)).pool;
  };
  const at::Tensor recon = golden_tensor(stored, "recon").requires_grad_();
  const at::Tensor of_recon = features(recon);
  const at::Tensor of_inputs = features(golden_tensor(stored, "inputs"));
  EXPECT_FALSE(of_inputs.requires_grad());
  EXPECT_TRUE(tensors_close(at::cat({of_recon, of_inputs}), golden_tensor(stored, "fid_features"),
                            {.relative = 1e-4}));
  const at::Tensor loss = at::mse_loss(of_recon, of_inputs);
  const auto expected = about["fid_perceptual"]["loss"].get<double>();
  EXPECT_NEAR(loss.item<double>(), expected, 1e-4 * expected);
  loss.backward();
  // ReLUs and maxima at a tie go either way with the rounding: the same graph in float64 is over
  // 1e-3 in a few elements too.
  const auto largest = about["fid_perceptual"]["grad_absmax"].get<double>();
  EXPECT_TRUE(tensors_close(
      python_slice(recon.grad(), "[:, :, ::2, ::2]"), golden_tensor(stored, "fid_grad_pred_sub2"),
      {.absolute = 1e-3 * largest, .outliers = 2e-3, .outlier_absolute = 5e-3 * largest}));
}

}  // namespace
}  // namespace gpst
