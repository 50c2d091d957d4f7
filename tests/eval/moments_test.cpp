#include "eval/moments.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/random_features.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using ::testing::HasSubstr;

Moments in_pieces(const at::Tensor& rows, int64_t piece) {
  MomentAccumulator accumulator(rows.size(1));
  for (int64_t i = 0; i < rows.size(0); i += piece) accumulator.add(rows.slice(0, i, i + piece));
  return accumulator.result();
}

void expect_same(const Moments& a, const Moments& b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_TRUE(at::equal(a.mean, b.mean));
  EXPECT_TRUE(at::equal(a.covariance, b.covariance));
}

TEST(Moments, known_values) {
  const Moments m = moments_of(at::tensor({1.0, 2.0, 3.0, 6.0, 5.0, 10.0}).view({3, 2}));
  EXPECT_EQ(m.count, 3);
  EXPECT_TRUE(at::allclose(m.mean, at::tensor({3.0, 6.0}, at::kDouble)));
  EXPECT_TRUE(at::allclose(m.covariance, at::tensor({4.0, 8.0, 8.0, 16.0}).view({2, 2})));
}

TEST(Moments, agree_with_the_formula) {
  for (const int64_t n : {2, 100, 256, 257, 700}) {
    const at::Tensor rows = random_features(n, 70, 1);
    const Moments m = moments_of(rows);
    const at::Tensor x = rows - rows.mean(0);
    EXPECT_TRUE(at::allclose(m.mean, rows.mean(0), 1e-14, 1e-14)) << n;
    EXPECT_TRUE(at::allclose(m.covariance, x.t().matmul(x) / (n - 1), 1e-11, 1e-12)) << n;
    EXPECT_TRUE(at::equal(m.covariance, m.covariance.t())) << n;
  }
}

TEST(Moments, do_not_depend_on_pieces_threads_or_strides) {
  const at::Tensor rows = random_features(600, 300, 2).to(at::kFloat);
  const Moments whole = moments_of(rows);
  for (const int64_t piece : {1, 8, 255, 256, 257}) expect_same(in_pieces(rows, piece), whole);
  expect_same(moments_of(rows.t().contiguous().t()), whole);
  const LibtorchThreads three(3);
  expect_same(moments_of(rows), whole);
}

TEST(Moments, asking_changes_nothing) {
  const at::Tensor rows = random_features(500, 20, 3);
  MomentAccumulator accumulator(20);
  accumulator.add(rows.slice(0, 0, 300));
  accumulator.result();
  accumulator.add(rows.slice(0, 300));
  EXPECT_EQ(accumulator.count(), 500);
  expect_same(accumulator.result(), moments_of(rows));
}

TEST(Moments, large_means_do_not_cancel) {
  const at::Tensor rows = random_normal(600, 5, 4);
  const Moments near = moments_of(rows), far = moments_of(rows + 1e8);
  EXPECT_TRUE(at::allclose(far.covariance, near.covariance, 0, 1e-7));
}

TEST(Moments, a_constant_feature_has_no_variance_at_all) {
  at::Tensor rows = random_normal(700, 6, 5).to(at::kFloat);
  rows.select(1, 3).fill_(0.1);
  const Moments m = moments_of(rows);
  EXPECT_EQ(m.mean[3].item<double>(), static_cast<double>(0.1f));
  EXPECT_EQ(m.covariance[3].abs().sum().item<double>(), 0);
}

TEST(Moments, refuse_what_has_no_covariance) {
  EXPECT_THAT(message_of<InputError>([] {
                moments_of(at::zeros({1, 3}));
              }),
              HasSubstr("at least two pictures, found 1"));
  EXPECT_THAT(message_of<InputError>([] { MomentAccumulator(3).result(); }), HasSubstr("found 0"));
  EXPECT_THROW(moments_of(at::zeros({5})), InputError);
  MomentAccumulator accumulator(3);
  EXPECT_THAT(message_of<InputError>([&] {
                accumulator.add(at::zeros({2, 4}));
              }),
              HasSubstr("a row has 4 numbers, expected 3"));
  EXPECT_EQ(accumulator.count(), 0);
}

TEST(Moments, refuse_numbers_that_are_not_finite) {
  at::Tensor rows = at::zeros({4, 3});
  rows[2][1] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(message_of<InputError>([&] { moments_of(rows); }), HasSubstr("rows 0 to 3"));
}

TEST(CheckMoments, names_the_fault) {
  const auto fault = [](const at::Tensor& mean, const at::Tensor& covariance) {
    return message_of<InputError>([&] { check_moments({0, mean, covariance}, "ref.npz"); });
  };
  const at::Tensor mean = at::zeros({2}, at::kDouble);
  const auto sigma = [](double a, double b, double c, double d) {
    return at::tensor({a, b, c, d}, at::kDouble).view({2, 2});
  };
  check_moments({0, mean, sigma(1, 0.5, 0.5, 1)}, "ref.npz");
  check_moments({0, mean, sigma(1, 0.5, 0.5 + 1e-7, 1)}, "ref.npz");
  EXPECT_THAT(fault(mean, sigma(1, 0.5, 0.4, 1)), HasSubstr("ref.npz: the covariance (sigma) is "
                                                            "not symmetric"));
  EXPECT_THAT(fault(mean, sigma(NAN, 0, 0, 1)), HasSubstr("sigma) holds NaN"));
  EXPECT_THAT(fault(mean, sigma(1, 0, 0, INFINITY)), HasSubstr("sigma) holds NaN"));
  EXPECT_THAT(fault(at::tensor({1.0, NAN}), sigma(1, 0, 0, 1)), HasSubstr("mu) holds NaN"));
  EXPECT_THAT(fault(mean, sigma(1, 0, 0, -1)), HasSubstr("negative variance"));
  EXPECT_THAT(fault(at::zeros({3}, at::kDouble), sigma(1, 0, 0, 1)),
              HasSubstr("shape [2, 2], expected [3, 3]"));
  EXPECT_THAT(fault(at::zeros({0}, at::kDouble), at::zeros({0, 0}, at::kDouble)),
              HasSubstr("mean (mu)"));
}

}  // namespace
}  // namespace gpst
