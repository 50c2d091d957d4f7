// The metrics on stored features against stored numbers (metrics/metrics.json).
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "eval/frechet.h"
#include "eval/inception_score.h"
#include "eval/kernel_distance.h"
#include "eval/numpy_random.h"
#include "eval/precision_recall.h"
#include "tests/support/golden_tensor.h"

namespace gpst {
namespace {

class GoldenStatistics : public ::testing::Test {
 protected:
  at::Tensor tensor(const std::string& name) const { return golden_tensor(file_, name); }

  // The rows a text such as "first 300 rows of full_a" names.
  at::Tensor first_rows(const std::string& name, const std::string& text) const {
    const size_t digits = text.find_first_of("0123456789");
    const at::Tensor rows = tensor(name);
    return digits == std::string::npos ? rows : rows.slice(0, 0, std::stoll(text.substr(digits)));
  }

  nlohmann::json json_ = golden_json("metrics/metrics.json");
  SafetensorsFile file_ = open_golden("metrics/stats.safetensors");
};

TEST_F(GoldenStatistics, moments) {
  const Moments m = moments_of(tensor("full_a"));
  EXPECT_TRUE(tensors_close(m.mean, tensor("full_a_mean"), {.relative = 1e-13}));
  EXPECT_TRUE(tensors_close(m.covariance, tensor("full_a_cov"), {.relative = 1e-13}));
}

// The numbers that follow "column" in a text.
std::vector<int64_t> columns_in(const std::string& text) {
  std::vector<int64_t> columns;
  const std::string word = "column ";
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const char* digits = text.c_str() + at + word.size();
    if (std::isdigit(static_cast<unsigned char>(*digits)) != 0)
      columns.push_back(std::atoll(digits));
  }
  return columns;
}

struct FrechetCase {
  at::Tensor a, b;
  double relative = 1e-6;
};

TEST_F(GoldenStatistics, frechet_distance) {
  for (const auto& entry : json_["frechet"]) {
    const std::string name = entry["name"];
    SCOPED_TRACE(name);
    FrechetCase c;
    if (name == "full_same") {
      c.a = c.b = tensor("full_a");
    } else if (name == "zero_and_duplicate_columns") {
      c.a = tensor("full_a"), c.b = tensor("full_b");
      const std::vector<int64_t> column = columns_in(json_["frechet_notes"]);
      ASSERT_EQ(column.size(), 3u) << "zeroed in both, copied from and to in a";
      for (const at::Tensor& rows : {c.a, c.b}) rows.select(1, column[0]).zero_();
      c.a.select(1, column[2]).copy_(c.a.select(1, column[1]));
    } else {
      c.a = tensor(name + "_a"), c.b = tensor(name + "_b");
    }
    if (name == "full") c.relative = 1e-8;
    const double distance = frechet_distance(moments_of(c.a), moments_of(c.b));
    for (const char* way : {"sqrtm", "eigvals", "symmetric_eigh"}) {
      const double expected = entry[way];
      EXPECT_NEAR(distance, expected, std::max(1e-9, c.relative * std::abs(expected))) << way;
    }
    const double as_called = entry["torch_fidelity_as_called"];  // with a mean in float32
    EXPECT_NEAR(distance, as_called, std::max(1e-9, 1e-6 * std::abs(as_called)));
  }
}

TEST_F(GoldenStatistics, kid_subsets_are_those_of_numpy) {
  const at::Tensor a = tensor("kid_idx_a"), b = tensor("kid_idx_b");  // [subsets,size]
  const auto& kid = json_["kid"];
  const int64_t rows = first_rows("full_a", kid["features"]).size(0);
  NumpyRandomState random(kid["settings"]["rng_seed"].get<uint32_t>());
  for (int64_t i = 0; i < a.size(0); ++i) {
    for (const at::Tensor& stored : {a[i], b[i]}) {
      const at::Tensor drawn = at::tensor(random.choice(rows, stored.size(0)), at::kLong);
      EXPECT_TRUE(at::equal(drawn, stored.to(at::kLong))) << "subset " << i;
    }
  }
}

TEST_F(GoldenStatistics, kid) {
  const auto& kid = json_["kid"];
  const at::Tensor a = first_rows("full_a", kid["features"]),
                   b = first_rows("full_b", kid["features"]);
  const KernelDistanceOptions options{.subsets = kid["settings"]["kid_subsets"],
                                      .subset_size = kid["settings"]["kid_subset_size"],
                                      .seed = kid["settings"]["rng_seed"],
                                      .threads = 2};
  const KernelDistance distance = kernel_distance(a, b, options);
  EXPECT_NEAR(distance.mean, kid["mean_f64"].get<double>(), 1e-9);
  EXPECT_NEAR(distance.std, kid["std_f64"].get<double>(), 1e-9);
  EXPECT_NEAR(distance.mean, kid["mean_as_called_f32"].get<double>(), 1e-5);
  EXPECT_NEAR(distance.std, kid["std_as_called_f32"].get<double>(), 1e-5);
  EXPECT_TRUE(close_to(distance.per_subset, kid["per_subset_f64"].get<std::vector<double>>(),
                       {.absolute = 1e-9}));
  EXPECT_NEAR(squared_discrepancy(a, b), kid["full300_unbiased_f64"].get<double>(), 1e-9);
}

TEST_F(GoldenStatistics, precision_and_recall) {
  for (const auto& entry : json_["precision_recall"]) {
    const std::string name = entry["name"];
    SCOPED_TRACE(name);
    const std::string prefix = name == "pr_pair" ? "pr" : "full";
    const at::Tensor a = first_rows(prefix + "_a", entry["reference"]),
                     b = first_rows(prefix + "_b", entry["sample"]);
    const PrecisionRecall found = precision_recall(a, b, {.neighbours = entry["k"], .threads = 2});
    EXPECT_DOUBLE_EQ(found.precision, entry["adm_f64"][0].get<double>());
    EXPECT_DOUBLE_EQ(found.recall, entry["adm_f64"][1].get<double>());
    EXPECT_DOUBLE_EQ(found.precision * b.size(0), entry["counts_f64"][0].get<double>());
    EXPECT_DOUBLE_EQ(found.recall * a.size(0), entry["counts_f64"][1].get<double>());
    for (const char* way : {"adm_f32", "torch_fidelity"}) {
      EXPECT_NEAR(found.precision, entry[way][0].get<double>(), 2.001 / b.size(0)) << way;
      EXPECT_NEAR(found.recall, entry[way][1].get<double>(), 2.001 / a.size(0)) << way;
    }
  }
}

TEST_F(GoldenStatistics, radii_of_precision_and_recall) {
  for (const std::string set : {"a", "b"}) {
    EXPECT_TRUE(tensors_close(squared_radii(tensor("pr_" + set)), tensor("pr_radii_sq_" + set),
                              {.relative = 1e-12}));
  }
}

TEST_F(GoldenStatistics, inception_score_adm) {
  const auto& expected = json_["inception_score"];
  const InceptionScore score = inception_score_adm(tensor("is_logits"), expected["adm_split_size"]);
  EXPECT_NEAR(score.mean, expected["adm"].get<double>(), 1e-9);
  EXPECT_NEAR(score.mean, expected["adm_f32"].get<double>(), 1e-5);
  EXPECT_TRUE(close_to(score.per_split, expected["adm_per_split"].get<std::vector<double>>(),
                       {.absolute = 1e-9}));
}

TEST_F(GoldenStatistics, inception_score_torch_fidelity) {
  const auto& expected = json_["inception_score"];
  const int64_t splits = expected["torch_fidelity_splits"];
  const at::Tensor logits = tensor("is_logits");
  const auto near = [&](const InceptionScore& score, const nlohmann::json& numbers) {
    EXPECT_NEAR(score.mean, numbers["inception_score_mean"].get<double>(), 1e-9);
    EXPECT_NEAR(score.std, numbers["inception_score_std"].get<double>(), 1e-9);
  };
  near(inception_score(logits, equal_splits(logits.size(0), splits)),
       expected["torch_fidelity_noshuffle"]);
  near(inception_score_torch_fidelity(logits, splits), expected["torch_fidelity_shuffle_seed2020"]);
}

TEST_F(GoldenStatistics, inception_score_shuffle_is_that_of_numpy) {
  const at::Tensor stored = tensor("is_permutation").to(at::kLong);
  const at::Tensor drawn =
      at::tensor(NumpyRandomState(2020).permutation(stored.size(0)), at::kLong);
  EXPECT_TRUE(at::equal(drawn, stored));
}

}  // namespace
}  // namespace gpst
