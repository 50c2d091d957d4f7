// Gradients of the whole tokenizer against the golden ones (grads.safetensors).
#include "tests/tokenizer/golden_tokenizer.h"

namespace gpst {
namespace {

class GoldenGradients : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenGradients, OfTheReconstructionError) {
  GoldenTokenizer& golden = GoldenTokenizer::get(GetParam());
  const SafetensorsFile expected = golden.open("grads.safetensors");
  TokenizerModel& model = *golden.model();
  const at::Tensor pictures = golden.pictures();
  const at::Tensor tokens = model.encode(pictures, golden_tensor(golden.io(), "init_gpscodes"),
                                         golden_tensor(golden.io(), "regions"));
  const at::Tensor loss = (model.decode(tokens) - pictures).square().mean();
  EXPECT_TRUE(tensors_close(loss.view({1}), golden_tensor(expected, "loss"), {.relative = 1e-5}));
  loss.backward();

  const auto parameters = model.named_parameters();
  for (const auto& [name, facts] : golden.meta().at("grads").at("params").items()) {
    const at::Tensor gradient = parameters[name].grad();
    ASSERT_TRUE(gradient.defined()) << name;
    const at::Tensor stored = gradient.flatten().slice(0, 0, std::nullopt, facts.at("stride"));
    const double limit = 3e-3 * facts.at("absmax").get<double>();
    EXPECT_TRUE(tensors_close(stored, golden_tensor(expected, name), {.absolute = limit})) << name;
    const double norm = facts.at("l2").get<double>();
    EXPECT_NEAR(gradient.norm().item<double>(), norm, 1e-3 * norm) << name;
  }
  for (const auto& item : parameters) {
    const bool unused = item.key().find("temb_proj") != std::string::npos;
    EXPECT_EQ(item.value().grad().defined(), !unused) << item.key();
  }
  model.zero_grad();
}

INSTANTIATE_TEST_SUITE_P(All, GoldenGradients,
                         ::testing::ValuesIn(GoldenTokenizer::names_with("grads.safetensors")),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace gpst
