// What the tests of the ops share: random tensors, comparison, numeric gradients.
#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace gpst::test {

inline at::Tensor uniform(at::IntArrayRef shape, uint64_t seed, double low, double high,
                          at::ScalarType dtype = at::kDouble) {
  auto generator = at::detail::createCPUGenerator(seed);
  return (at::rand(shape, generator, at::TensorOptions().dtype(at::kDouble)) * (high - low) + low)
      .to(dtype);
}

// max|actual - expected| <= tolerance * max|expected|; shapes must be equal, NaN never passes.
inline ::testing::AssertionResult near(const at::Tensor& actual, const at::Tensor& expected,
                                       double tolerance) {
  if (actual.sizes() != expected.sizes()) {
    return ::testing::AssertionFailure() << actual.sizes() << " against " << expected.sizes();
  }
  if (expected.numel() == 0) return ::testing::AssertionSuccess();
  const at::Tensor wanted = expected.detach().to(at::kDouble);
  const double difference = (actual.detach().to(at::kDouble) - wanted).abs().max().item<double>();
  const double largest = wanted.abs().max().item<double>();
  if (difference <= tolerance * largest) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "largest difference " << difference << ", allowed " << tolerance << " x " << largest;
}

inline bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() &&
         std::memcmp(a.contiguous().const_data_ptr(), b.contiguous().const_data_ptr(),
                     a.nbytes()) == 0;
}

// Compares the gradients that backward() leaves in the float64 `inputs` with central differences of
// a fixed random projection of f.
inline void check_gradients(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& f,
                            std::vector<at::Tensor> inputs, double step = 1e-6,
                            double tolerance = 1e-7) {
  for (at::Tensor& input : inputs) input = input.detach().clone().requires_grad_();
  const at::Tensor out = f(inputs);
  const at::Tensor direction = uniform(out.sizes(), 99, -1, 1);
  (out * direction).sum().backward();
  const at::NoGradGuard no_grad;
  const auto value = [&] { return (f(inputs) * direction).sum().item<double>(); };
  for (size_t k = 0; k < inputs.size(); ++k) {
    at::Tensor numeric = at::empty_like(inputs[k]);
    double* data = inputs[k].mutable_data_ptr<double>();
    for (int64_t i = 0; i < inputs[k].numel(); ++i) {
      const double kept = data[i];
      data[i] = kept + step;
      const double above = value();
      data[i] = kept - step;
      const double below = value();
      data[i] = kept;
      numeric.mutable_data_ptr<double>()[i] = (above - below) / (2 * step);
    }
    ASSERT_TRUE(inputs[k].grad().defined()) << "input " << k;
    EXPECT_TRUE(near(inputs[k].grad(), numeric, tolerance)) << "input " << k;
  }
}

}  // namespace gpst::test
