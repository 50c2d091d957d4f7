#include "train/tokenizer_loss.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "tests/eval/rule_inception.h"
#include "tests/eval/rule_lpips.h"
#include "tests/train/golden_losses.h"

namespace gpst {
namespace {

double metric(const LossTerms& terms, const std::string& name) {
  const auto found = std::ranges::find(terms.metrics, name, &Metrics::value_type::first);
  EXPECT_NE(found, terms.metrics.end()) << name;
  return found == terms.metrics.end() ? 0 : found->second;
}

void expect_relative(double value, double expected, const std::string& what) {
  EXPECT_NEAR(value, expected, 1e-4 * std::abs(expected)) << what;
}

class GoldenTokenizerLoss : public ::testing::Test {
 protected:
  // The golden reconstruction with the graph behind it down to the last convolution.
  at::Tensor reconstruction(const at::Tensor& last_weight) const {
    return at::conv2d(golden_.tensor("feat"), last_weight, golden_.tensor("last_bias"), 1, 1);
  }
  at::Tensor last_weight() const { return golden_.tensor("last_weight").requires_grad_(); }

  LossOptions published(const std::string& disc_loss) const {
    LossOptions options;
    options.lpips_weight = 1;
    options.disc_weight = 0.3;
    options.disc_loss = disc_loss;
    return options;
  }
  LossNetworks with_lpips() const {
    return {.lpips = rule_lpips_net(LpipsNet::vgg16, golden_.prefix("vgg16"))};
  }

  GoldenLosses golden_;
};

TEST_F(GoldenTokenizerLoss, golden_lpips_and_its_gradient) {
  LossOptions options = published("hinge");
  const TokenizerLoss loss(options, with_lpips());
  const at::Tensor recon = golden_.tensor("recon").requires_grad_();
  const at::Tensor inputs = golden_.tensor("inputs");
  const LossTerms terms = loss.of_model(recon, inputs, {});
  expect_relative(metric(terms, "lpips"), golden_.tensor("lpips_value").mean().item<double>(),
                  "lpips");
  (terms.loss - at::mse_loss(recon, inputs)).backward();
  EXPECT_TRUE(tensors_close(recon.grad().slice(2, 0, 64, 2).slice(3, 0, 64, 2),
                            golden_.tensor("lpips_grad_recon_sub2"), {.relative = 1e-3}));
}

TEST_F(GoldenTokenizerLoss, golden_steps_of_the_model) {
  for (const auto& step : golden_.json.at("steps")) {
    if (step.at("optimizer_idx") != 0) continue;
    const std::string name = step.at("name");
    const TokenizerLoss loss(published(step.at("disc_loss")), with_lpips());
    const PatchDiscriminator discriminator = golden_.discriminator();
    const at::Tensor weight = last_weight();
    std::optional<Adversary> adversary;
    if (step.at("global_step") >= step.at("disc_start")) {
      adversary.emplace(Adversary{discriminator, weight});
    }
    const LossTerms terms =
        loss.of_model(reconstruction(weight), golden_.tensor("inputs"), adversary);
    expect_relative(terms.loss.item<double>(), step.at("loss"), name);
    if (adversary) {
      expect_relative(metric(terms, "disc_balance"), step.at("log").at("d_weight"), name);
      expect_relative(metric(terms, "g_loss"), step.at("log").at("g_loss"), name);
    }
    terms.loss.backward();
    EXPECT_TRUE(tensors_close(weight.grad(), golden_.tensor(name + ".grad_last_weight"),
                              {.relative = 1e-3}))
        << name;
    for (const at::Tensor& parameter : discriminator.module().parameters()) {
      EXPECT_FALSE(parameter.grad().defined()) << "the discriminator does not learn here";
      EXPECT_TRUE(parameter.requires_grad());
    }
  }
}

TEST_F(GoldenTokenizerLoss, golden_steps_of_the_discriminator) {
  for (const auto& step : golden_.json.at("steps")) {
    // Before disc_start nothing of the discriminator is computed here.
    if (step.at("optimizer_idx") != 1 || step.at("global_step") < step.at("disc_start")) continue;
    const std::string name = step.at("name");
    const TokenizerLoss loss(published(step.at("disc_loss")), with_lpips());
    const PatchDiscriminator discriminator = golden_.discriminator();
    const at::Tensor weight = last_weight();
    const LossTerms terms =
        loss.of_discriminator(discriminator, reconstruction(weight), golden_.tensor("inputs"));
    expect_relative(terms.loss.item<double>(), step.at("loss"), name);
    expect_relative(metric(terms, "logits_real"), step.at("log").at("logits_real"), name);
    expect_relative(metric(terms, "logits_fake"), step.at("log").at("logits_fake"), name);
    terms.loss.backward();
    EXPECT_FALSE(weight.grad().defined()) << "the model does not learn here";
    const auto parameters = discriminator.module().named_parameters();
    EXPECT_TRUE(tensors_close(parameters["main.0.weight"].grad(),
                              golden_.tensor(name + ".grad_disc_main0_weight"), {.relative = 1e-3}))
        << name;
    EXPECT_TRUE(tensors_close(parameters["main.5.weight"].grad().flatten().slice(0, 0, {}, 128),
                              golden_.tensor(name + ".grad_disc_main5_weight_sub128"),
                              {.relative = 1e-3}))
        << name;
  }
}

TEST_F(GoldenTokenizerLoss, golden_feature_loss_and_its_gradient) {
  LossOptions options;
  options.perceptual_target = "fid";
  const TokenizerLoss loss(options, {.inception = rule_inception_net(golden_.prefix("inception"))});
  const at::Tensor recon = golden_.tensor("recon").requires_grad_();
  const at::Tensor inputs = golden_.tensor("inputs");
  const LossTerms terms = loss.of_model(recon, inputs, {});
  const at::Tensor features = golden_.tensor("fid_features");  // of recon, then of inputs
  expect_relative(metric(terms, "feature_loss"),
                  at::mse_loss(features.narrow(0, 0, 2), features.narrow(0, 2, 2)).item<double>(),
                  "features");
  (terms.loss - at::mse_loss(recon, inputs)).backward();
  // Some elements go another way at a tie: tests/eval/inception_golden_test.cpp.
  const double largest = golden_.json.at("fid_perceptual").at("grad_absmax");
  EXPECT_TRUE(tensors_close(
      recon.grad().slice(2, 0, 64, 2).slice(3, 0, 64, 2), golden_.tensor("fid_grad_pred_sub2"),
      {.absolute = 1e-3 * largest, .outliers = 2e-3, .outlier_absolute = 5e-3 * largest}));
}

// 127.5 (x + 1) = 255 (y + 1) with y = (x - 1) / 2.
TEST_F(GoldenTokenizerLoss, golden_corrected_features_see_half_of_the_published_range) {
  LossOptions options;
  options.perceptual_target = "fid";
  const LossNetworks networks = {.inception = rule_inception_net(golden_.prefix("inception"))};
  const at::Tensor recon = golden_.tensor("recon"), inputs = golden_.tensor("inputs");
  const LossTerms published =
      TokenizerLoss(options, networks).of_model((recon - 1) / 2, (inputs - 1) / 2, {});
  options.feature_loss = "corrected";
  const LossTerms corrected = TokenizerLoss(options, networks).of_model(recon, inputs, {});
  expect_relative(metric(corrected, "feature_loss"), metric(published, "feature_loss"), "features");
}

TEST(TokenizerLoss, without_networks_squares_and_ssim) {
  const TokenizerLoss loss({}, {});
  EXPECT_EQ(loss.description(), "mean squared error + 0.1 (1 - SSIM)");
  EXPECT_EQ(loss.metric_names(), (std::vector<std::string>{"mse", "ssim_loss"}));
  at::manual_seed(1);
  const at::Tensor a = at::rand({2, 3, 16, 16}), b = at::rand({2, 3, 16, 16});
  const LossTerms terms = loss.of_model(a, b, {});
  EXPECT_NEAR(terms.loss.item<double>(), metric(terms, "mse") + 0.1 * metric(terms, "ssim_loss"),
              1e-6);
}

TEST(TokenizerLoss, metrics_are_named_in_the_order_of_the_terms) {
  LossOptions options;
  options.gradient_weight = 0.5;
  options.disc_weight = 0.3;
  const TokenizerLoss loss(options, {});
  EXPECT_EQ(loss.metric_names(),
            (std::vector<std::string>{"mse", "ssim_loss", "gradient_loss", "disc_balance", "g_loss",
                                      "disc_loss", "logits_real", "logits_fake"}));
}

}  // namespace
}  // namespace gpst
