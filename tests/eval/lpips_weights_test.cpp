#include "eval/lpips_weights.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/rule_weights.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kPrefix = "test/lpips/";

TEST(LpipsWeights, spellings) {
  const auto name = [](const char* stored) { return lpips_tensor_name(stored); };
  EXPECT_EQ(name("features.10.weight"), "features.10.weight");
  EXPECT_EQ(name("net.slice3.10.bias"), "features.10.bias");
  EXPECT_EQ(name("perceptual_loss.net.slice1.0.weight"), "features.0.weight");
  EXPECT_EQ(name("lin4.model.1.weight"), "lin4.model.1.weight");
  EXPECT_EQ(name("lin0.model.0.weight"), "lin0.model.1.weight");
  EXPECT_EQ(name("lins.2.model.1.weight"), "lin2.model.1.weight");
  EXPECT_EQ(name("lin3.weight"), "lin3.model.1.weight");
  for (const char* other :
       {"classifier.0.weight", "scaling_layer.shift", "line.1.weight", "lin.weight", "lins.weight",
        "features.0.running_mean", "features.weight", "lin0.model.1.bias", ""}) {
    EXPECT_EQ(name(other), "") << other;
  }
}

class LpipsFiles : public ::testing::Test {
 protected:
  std::string write(const char* name, const NamedTensors& tensors) const {
    const std::string path = folder_ / name;
    save_tensors(path, tensors);
    return path;
  }

  static bool is_linear(const std::string& name) { return name.starts_with("lin"); }

  TemporaryFolder folder_;
  NamedTensors all_ = rule_lpips(LpipsNet::alexnet, kPrefix);
};

void expect_all(const LpipsWeights& weights, const NamedTensors& expected) {
  EXPECT_EQ(weights.net, LpipsNet::alexnet);
  EXPECT_EQ(weights.tensors.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    EXPECT_TRUE(at::equal(weights.tensors.at(name), tensor)) << name;
  }
}

// As the state dict of the lpips package's module: slices, every linear layer twice, half types.
TEST_F(LpipsFiles, whole_module) {
  NamedTensors stored;
  for (auto& [name, tensor] : all_) {
    if (is_linear(name)) {
      stored.emplace_back(name, tensor);
      stored.emplace_back("lins." + name.substr(3), tensor);
    } else {
      tensor = tensor.to(at::kHalf);
      stored.emplace_back("net.slice1." + name.substr(std::string("features.").size()), tensor);
      tensor = tensor.to(at::kFloat);
    }
  }
  stored.emplace_back("scaling_layer.shift", at::zeros({1, 3, 1, 1}));
  expect_all(read_lpips({write("module.safetensors", stored)}), all_);
}

TEST_F(LpipsFiles, trunk_and_linear_layers_in_two) {
  NamedTensors trunk, linear;
  for (const auto& each : all_) (is_linear(each.first) ? linear : trunk).push_back(each);
  trunk.emplace_back("classifier.1.weight", at::zeros({4, 4}));
  const std::string a = write("trunk.safetensors", trunk), b = write("lin.safetensors", linear);
  expect_all(read_lpips({a, b}), all_);
  expect_all(read_lpips({b, a}), all_);

  EXPECT_THAT(message_of<InputError>([&] { read_lpips({b}); }),
              AllOf(HasSubstr(b), HasSubstr("no trunk"), HasSubstr("beside")));
  EXPECT_THAT(message_of<InputError>([&] { read_lpips({a}); }),
              AllOf(HasSubstr(a), HasSubstr("'lin0.model.1.weight' [1, 64, 1, 1] is missing")));
}

TEST_F(LpipsFiles, linear_layers_of_the_other_trunk) {
  const NamedTensors other = rule_lpips(LpipsNet::vgg16, kPrefix);
  NamedTensors tensors;
  for (const auto& each : all_) {
    if (!is_linear(each.first)) tensors.push_back(each);
  }
  for (const auto& each : other) {
    if (is_linear(each.first)) tensors.push_back(each);
  }
  EXPECT_THAT(
      message_of<InputError>([&] { read_lpips({write("mixed.safetensors", tensors)}); }),
      AllOf(HasSubstr("alexnet"), HasSubstr("'lin1.model.1.weight' is [1, 128, 1, 1] in the file, "
                                            "expected [1, 192, 1, 1]")));
}

TEST_F(LpipsFiles, another_network) {
  all_.front().second = at::zeros({96, 3, 7, 7});
  EXPECT_THAT(message_of<InputError>([&] { read_lpips({write("other.safetensors", all_)}); }),
              AllOf(HasSubstr("[96, 3, 7, 7]"), HasSubstr("[64, 3, 3, 3] (VGG16)"),
                    HasSubstr("[64, 3, 11, 11] (AlexNet)")));
}

TEST_F(LpipsFiles, two_tensors_of_one_name) {
  all_.emplace_back("lins.0.model.1.weight", at::ones({1, 64, 1, 1}));
  EXPECT_THAT(message_of<InputError>([&] { read_lpips({write("twice.safetensors", all_)}); }),
              AllOf(HasSubstr("'lin0.model.1.weight'"), HasSubstr("'lins.0.model.1.weight'")));
}

}  // namespace
}  // namespace gpst
