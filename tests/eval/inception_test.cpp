#include "eval/inception.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "eval/inception_graph.h"
#include "eval/inception_input.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/rule_inception.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kPrefix = "test/inception/";

// A picture of no meaning, the same everywhere.
at::Tensor some_input(int64_t batch) {
  const at::Tensor n = at::arange(batch * 3 * kInceptionSide * kInceptionSide);
  return (n * n % 1009 / 504.5 - 1).to(at::kFloat).view({batch, 3, kInceptionSide, kInceptionSide});
}

class InceptionFile : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "inception.safetensors"; }
  void write(const NamedTensors& tensors) const { save_tensors(path(), tensors); }

  const LibtorchThreads one_thread_{1};
  TemporaryFolder folder_;
};

TEST(RuleWeights, values_of_the_rule) {
  const at::Tensor conv =
      rule_tensor("visible/inception/", "Conv2d_1a_3x3.conv.weight", {32, 3, 3, 3}).flatten();
  EXPECT_EQ(conv[0].item<float>(), -0x1.4c37ap-5F);
  EXPECT_EQ(conv[863].item<float>(), -0.0528973863F);
  const auto norm = [](const char* key) {
    return rule_tensor("visible/inception/Mixed_5b.branch1x1.bn.", key, {64});
  };
  EXPECT_EQ(norm("weight")[1].item<float>(), 0.92551434F);
  EXPECT_EQ(norm("running_mean")[63].item<float>(), 0.0343644805F);
  EXPECT_EQ(norm("running_var")[0].item<float>(), 1.0827229F);
  EXPECT_EQ(rule_tensor("visible/vgg16/", "features.0.bias", {64})[63].item<float>(),
            0.0402821973F);
  EXPECT_EQ(
      rule_tensor("visible/vgg16/", "lin2.model.1.weight", {1, 256, 1, 1})[0][255].item<float>(),
      0.0558038354F);
}

TEST(InceptionGraph, names_of_the_usual_port) {
  const std::vector<TensorSpec> tensors = inception_tensors();
  EXPECT_EQ(tensors.size(), 472U);
  EXPECT_EQ(inception_convolutions().size(), 94U);
  int64_t values = 0;
  for (const TensorSpec& each : tensors) values += c10::multiply_integers(each.shape);
  EXPECT_EQ(values, 23885392);
}

TEST(Inception, gradient_path_gives_the_same_features) {
  const LibtorchThreads one_thread(1);
  const Inception& net = rule_inception_net(kPrefix);
  const at::Tensor x = some_input(1);
  const InceptionFeatures prepared = net.features(x);
  const InceptionFeatures plain = net.features(x.clone().requires_grad_());
  EXPECT_FALSE(prepared.pool.requires_grad());
  EXPECT_TRUE(plain.pool.requires_grad());
  EXPECT_TRUE(tensors_close(plain.pool, prepared.pool, {.relative = 1e-5}));
  EXPECT_TRUE(tensors_close(plain.spatial, prepared.spatial, {.relative = 1e-5}));
  EXPECT_TRUE(tensors_close(plain.logits, prepared.logits, {.relative = 1e-5}));
}

TEST(Inception, other_sizes_are_refused) {
  const Inception& net = rule_inception_net(kPrefix);
  EXPECT_THAT(message_of<InputError>([&] {
                net.features(at::zeros({1, 3, 256, 256}));
              }),
              AllOf(HasSubstr("[B,3,299,299]"), HasSubstr("[1, 3, 256, 256]")));
}

TEST_F(InceptionFile, half_types_and_absent_norm_weights) {
  NamedTensors tensors = rule_inception(kPrefix);
  NamedTensors ones = tensors;
  std::erase_if(tensors, [](const auto& each) { return each.first.ends_with(".bn.weight"); });
  for (auto& [name, tensor] : tensors) tensor = tensor.to(at::kHalf);
  for (auto& [name, tensor] : ones) {
    tensor =
        name.ends_with(".bn.weight") ? at::ones_like(tensor) : tensor.to(at::kHalf).to(at::kFloat);
  }
  tensors.emplace_back("Conv2d_1a_3x3.bn.num_batches_tracked", at::zeros({}, at::kLong));
  const at::Tensor x = some_input(1);
  write(tensors);
  const at::Tensor half = Inception::load(path()).features(x).pool;
  write(ones);
  EXPECT_TRUE(at::equal(half, Inception::load(path()).features(x).pool));
}

TEST_F(InceptionFile, faults_are_listed_with_both_shapes) {
  NamedTensors tensors = rule_inception(kPrefix);
  std::erase_if(tensors, [](const auto& each) { return each.first == "fc.bias"; });
  for (auto& [name, tensor] : tensors) {
    if (name == "fc.weight") tensor = tensor.narrow(0, 0, 1000).contiguous();
  }
  write(tensors);
  EXPECT_THAT(message_of<InputError>([&] { Inception::load(path()); }),
              AllOf(HasSubstr(path()), HasSubstr("2 of the 472"),
                    HasSubstr("'fc.weight' is [1000, 2048] in the file, expected [1008, 2048]"),
                    HasSubstr("'fc.bias' [1008] is missing")));
}

}  // namespace
}  // namespace gpst
