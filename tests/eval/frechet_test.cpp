#include "eval/frechet.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "eval/covariance_factor.h"
#include "nn/libtorch_threads.h"
#include "tests/eval/random_features.h"
#include "tests/support/expect_error.h"

namespace gpst {
namespace {

using ::testing::HasSubstr;

double trace(const Moments& m) { return m.covariance.trace().item<double>(); }

// A normal distribution with these variances along the columns of `axes` [d,d].
Moments along(const at::Tensor& axes, const at::Tensor& mean, const at::Tensor& variances) {
  return {0, mean, (axes * variances).matmul(axes.t())};
}

// The distance of two that share their axes.
double closed_form(const at::Tensor& m1, const at::Tensor& v1, const at::Tensor& m2,
                   const at::Tensor& v2) {
  return ((m1 - m2).square() + (v1.sqrt() - v2.sqrt()).square()).sum().item<double>();
}

at::Tensor variances(int64_t d, uint64_t seed) { return random_normal(1, d, seed)[0].square(); }
at::Tensor vector(int64_t d, uint64_t seed) { return random_normal(1, d, seed)[0]; }

TEST(Frechet, one_dimension) {
  const auto normal = [](double mean, double deviation) {
    return Moments{0, at::full({1}, mean, at::kDouble),
                   at::full({1, 1}, deviation * deviation, at::kDouble)};
  };
  EXPECT_NEAR(frechet_distance(normal(1, 2), normal(4, 7)), 9 + 25, 1e-12);
  EXPECT_NEAR(frechet_distance(normal(1, 0), normal(4, 7)), 9 + 49, 1e-12);
  EXPECT_EQ(frechet_distance(normal(1, 0), normal(1, 0)), 0);
}

// 700 dimensions take several blocks and panels of the products and factors.
TEST(Frechet, diagonal_normal_distributions) {
  for (const int64_t d : {2, 65, 700}) {
    const at::Tensor m1 = vector(d, 1), m2 = vector(d, 2), v1 = variances(d, 3),
                     v2 = variances(d, 4);
    const double expected = closed_form(m1, v1, m2, v2);
    EXPECT_NEAR(frechet_distance({0, m1, v1.diag()}, {0, m2, v2.diag()}), expected,
                1e-10 * expected)
        << d;
  }
}

TEST(Frechet, common_axes_that_are_no_coordinates) {
  const at::Tensor axes = random_rotation(200, 5);
  const at::Tensor m1 = vector(200, 1), m2 = vector(200, 2), v1 = variances(200, 3),
                   v2 = variances(200, 4);
  const double expected = closed_form(m1, v1, m2, v2);
  EXPECT_NEAR(frechet_distance(along(axes, m1, v1), along(axes, m2, v2)), expected,
              1e-10 * expected);
}

// Ranks below the dimension, of equal and of different spaces; where spaces meet in part only, the
// roots of rounding errors stay.
TEST(Frechet, rank_deficient_along_common_axes) {
  const int64_t d = 150;
  const at::Tensor axes = random_rotation(d, 5), mean = at::zeros({d}, at::kDouble);
  const auto only = [&](int64_t begin, int64_t end, uint64_t seed) {
    at::Tensor v = at::zeros({d}, at::kDouble);
    v.slice(0, begin, end).copy_(variances(end - begin, seed) + 0.01);
    return v;
  };
  struct Case {
    at::Tensor v1, v2;
    double relative;
  };
  for (const Case& c :
       {Case{only(0, 40, 1), only(0, 40, 2), 1e-12}, Case{only(0, 40, 1), only(0, 90, 2), 1e-12},
        Case{only(0, d, 1), only(0, 90, 2), 1e-12}, Case{only(0, 40, 1), only(20, 70, 2), 1e-7},
        Case{only(0, 40, 1), only(60, 90, 2), 1e-7},
        Case{only(0, 40, 1), at::zeros({d}, at::kDouble), 1e-12}}) {
    const double expected = closed_form(mean, c.v1, mean, c.v2);
    EXPECT_NEAR(frechet_distance(along(axes, mean, c.v1), along(axes, mean, c.v2)), expected,
                c.relative * expected);
  }
}

// y = s x + t: the roots of the variances grow by s, whatever the rank.
TEST(Frechet, scaled_and_moved_rows) {
  for (const int64_t n : {20, 60, 61, 400}) {
    const at::Tensor x = random_features(n, 60, 6);
    const Moments a = moments_of(x), b = moments_of(3 * x + 0.25);
    const double expected = (a.mean - b.mean).square().sum().item<double>() + 4 * trace(a);
    EXPECT_NEAR(frechet_distance(a, b), expected, 1e-11 * expected) << n;
  }
}

TEST(Frechet, identical_sets_have_none) {
  for (const int64_t n : {2, 30, 500}) {
    const at::Tensor x = random_features(n, 80, 7);
    const Moments m = moments_of(x), shuffled = moments_of(x.flip(0));
    EXPECT_NEAR(frechet_distance(m, m), 0, 1e-12 * trace(m)) << n;
    EXPECT_NEAR(frechet_distance(m, shuffled), 0, 1e-12 * trace(m)) << n;
    EXPECT_GE(frechet_distance(m, shuffled), 0) << n;
  }
}

TEST(Frechet, symmetric_and_independent_of_the_order_of_rows_and_features) {
  for (const auto& [n, m] : {std::pair<int64_t, int64_t>{500, 400}, {500, 40}, {30, 40}}) {
    const at::Tensor x = random_features(n, 90, 8), y = random_features(m, 90, 9) * 1.1 + 0.02;
    const double distance = frechet_distance(moments_of(x), moments_of(y));
    const double relative = 1e-10 * distance;
    EXPECT_NEAR(frechet_distance(moments_of(y), moments_of(x)), distance, relative);
    EXPECT_NEAR(frechet_distance(moments_of(x.flip(0)), moments_of(y)), distance, relative);
    EXPECT_NEAR(frechet_distance(moments_of(x.flip(1)), moments_of(y.flip(1))), distance, relative);
  }
}

TEST(Frechet, does_not_depend_on_the_number_of_threads) {
  const Moments a = moments_of(random_features(400, 300, 10)),
                b = moments_of(random_features(200, 300, 11));
  const double distance = frechet_distance(a, b);
  const LibtorchThreads three(3);
  EXPECT_EQ(frechet_distance(a, b), distance);
}

TEST(Frechet, unused_and_doubled_features_change_nothing_but_their_own_part) {
  const at::Tensor x = random_features(300, 50, 12), y = random_features(300, 50, 13);
  const double distance = frechet_distance(moments_of(x), moments_of(y));
  const auto with = [](const at::Tensor& rows, const at::Tensor& more) {
    return moments_of(at::cat({rows, more}, 1));
  };
  EXPECT_NEAR(frechet_distance(with(x, at::zeros({300, 7})), with(y, at::zeros({300, 7}))),
              distance, 1e-10 * distance);
  EXPECT_NEAR(frechet_distance(with(x, x), with(y, y)), 2 * distance, 1e-10 * distance);
}

// Rounding to float32 leaves sigma with eigenvalues below 0.
TEST(Frechet, sigma_kept_in_float32) {
  Moments a = moments_of(random_features(40, 100, 14)),
          b = moments_of(random_features(60, 100, 15));
  const double distance = frechet_distance(a, b);
  const auto rounded = [](Moments m) {
    m.covariance = m.covariance.to(at::kFloat).to(at::kDouble);
    m.count = 0;
    return m;
  };
  EXPECT_FALSE(pivoted_factor(rounded(a).covariance).has_value());
  EXPECT_NEAR(frechet_distance(rounded(a), b), distance, 1e-4 * distance);
  EXPECT_NEAR(frechet_distance(a, rounded(b)), distance, 1e-4 * distance);
  EXPECT_NEAR(frechet_distance(rounded(a), rounded(b)), distance, 1e-4 * distance);
}

TEST(Frechet, refuses_what_does_not_fit) {
  const Moments two = moments_of(random_features(9, 2, 1)),
                three = moments_of(random_features(9, 3, 1));
  EXPECT_THAT(message_of<InputError>([&] { frechet_distance(two, three); }),
              HasSubstr("different dimensions: 2 and 3"));
  Moments no_covariance = two;
  no_covariance.covariance = at::tensor({1.0, 2.0, 2.0, 1.0}, at::kDouble).view({2, 2});
  EXPECT_THAT(message_of<InputError>([&] { frechet_distance(no_covariance, two); }),
              HasSubstr("negative variances"));
  EXPECT_THROW(frechet_distance(no_covariance, no_covariance), InputError);
}

TEST(CovarianceFactor, pivoting_finds_the_rank) {
  for (const auto& [n, rank] :
       {std::pair<int64_t, int64_t>{2, 1}, {66, 65}, {130, 129}, {900, 150}}) {
    const at::Tensor s = moments_of(random_features(n, 150, 16)).covariance;
    const auto factor = pivoted_factor(s);
    ASSERT_TRUE(factor.has_value()) << n;
    EXPECT_EQ(factor->lower.size(1), rank);
    EXPECT_EQ(factor->lower.triu(1).abs().max().item<double>(), 0) << n;
    const at::Tensor a = factor->in_natural_order();
    EXPECT_LT((a.matmul(a.t()) - s).abs().max().item<double>(), 1e-13 * s.max().item<double>())
        << n;
    EXPECT_EQ(cholesky_factor(s).has_value(), rank == 150) << n;
  }
  EXPECT_EQ(pivoted_factor(at::zeros({5, 5}, at::kDouble))->lower.size(1), 0);
  EXPECT_FALSE(pivoted_factor(at::tensor({1.0, 2.0, 2.0, 1.0}, at::kDouble).view({2, 2})));
}

}  // namespace
}  // namespace gpst
