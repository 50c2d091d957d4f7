#include "eval/statistics_file.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/error.h"
#include "io/npz.h"
#include "nn/weights.h"
#include "tests/eval/random_features.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace gpst {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Named {
  std::string name;
  at::Tensor values;
};

class StatisticsFile : public ::testing::Test {
 protected:
  std::string write(const std::vector<Named>& arrays) const {
    NpzWriter npz(path_);
    for (const auto& [name, given] : arrays) {
      const at::Tensor values = given.contiguous();
      npz.add(name, dtype_of(values.scalar_type()), values.sizes().vec(),
              {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()});
    }
    npz.commit();
    return path_;
  }

  std::string fault(const std::vector<Named>& arrays) const {
    const std::string path = write(arrays);
    return message_of<InputError>([&] { read_statistics(path); });
  }

  std::string fault_of_bytes(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
    return message_of<InputError>([&] { read_statistics(path_); });
  }

  std::string bytes() const {
    std::ostringstream content;
    content << std::ifstream(path_, std::ios::binary).rdbuf();
    return content.str();
  }

  TemporaryFolder folder_;
  std::string path_ = (folder_ / "ref.npz").string();
  Moments pool_ = moments_of(random_features(20, 5, 1));
  Moments spatial_ = moments_of(random_features(20, 3, 2));
  at::Tensor mu_ = pool_.mean, sigma_ = pool_.covariance;
};

void expect_equal(const Moments& read, const Moments& written) {
  EXPECT_TRUE(at::equal(read.mean, written.mean));
  EXPECT_TRUE(at::equal(read.covariance, written.covariance));
}

TEST_F(StatisticsFile, what_is_written_is_read) {
  write_statistics(path_, {pool_, spatial_, R"({"mode":"adm","n":20})"});
  const FeatureStatistics statistics = read_statistics(path_);
  expect_equal(statistics.pool, pool_);
  ASSERT_TRUE(statistics.spatial.has_value());
  expect_equal(*statistics.spatial, spatial_);
  EXPECT_EQ(statistics.provenance, R"({"mode":"adm","n":20})");
  const NpzReader npz = NpzReader::open(path_);
  EXPECT_EQ(npz.names(), (std::vector<std::string>{"mu", "sigma", "mu_s", "sigma_s"}));
  EXPECT_EQ(npz.header("sigma").dtype, DType::f64);
  EXPECT_TRUE(has_statistics(npz));
}

TEST_F(StatisticsFile, without_spatial_features) {
  write_statistics(path_, {pool_, {}, {}});
  EXPECT_FALSE(read_statistics(path_).spatial.has_value());
  EXPECT_EQ(read_statistics(path_).provenance, "");
}

TEST_F(StatisticsFile, float32_and_other_arrays_as_published_references_have_them) {
  const std::string path = write({{"arr_0", at::zeros({2, 4, 4, 3}, at::kByte)},
                                  {"mu", mu_.to(at::kFloat)},
                                  {"sigma", sigma_.to(at::kFloat)}});
  const FeatureStatistics statistics = read_statistics(path);
  EXPECT_TRUE(at::equal(statistics.pool.mean, mu_.to(at::kFloat).to(at::kDouble)));
  EXPECT_EQ(statistics.pool.count, 0);
}

TEST_F(StatisticsFile, pictures_are_no_statistics) {
  EXPECT_FALSE(
      has_statistics(NpzReader::open(write({{"arr_0", at::zeros({1, 2, 2, 3}, at::kByte)}}))));
}

TEST_F(StatisticsFile, absent_arrays_are_named) {
  EXPECT_THAT(fault({{"arr_0", at::zeros({1, 2, 2, 3}, at::kByte)}}),
              AllOf(HasSubstr(path_), HasSubstr("no array 'mu'"), HasSubstr("found: arr_0")));
  EXPECT_THAT(fault({{"mu", mu_}}), HasSubstr("no array 'sigma'"));
  EXPECT_THAT(fault({{"mu", mu_}, {"sigma", sigma_}, {"mu_s", mu_}}), HasSubstr("'sigma_s'"));
}

TEST_F(StatisticsFile, shapes_and_types_are_checked) {
  EXPECT_THAT(fault({{"mu", mu_.unsqueeze(0)}, {"sigma", sigma_}}),
              AllOf(HasSubstr("'mu' has shape [1, 5]"), HasSubstr("expected [d]")));
  EXPECT_THAT(fault({{"mu", mu_}, {"sigma", sigma_.slice(0, 0, 4)}}),
              HasSubstr("'sigma' has shape [4, 5], expected [5, 5]"));
  EXPECT_THAT(fault({{"mu", mu_}, {"sigma", sigma_.diagonal().contiguous()}}),
              HasSubstr("'sigma' has shape [5]"));
  EXPECT_THAT(fault({{"mu", mu_.to(at::kLong)}, {"sigma", sigma_}}),
              HasSubstr("'mu' holds I64, expected float32 or float64"));
  EXPECT_THAT(
      fault({{"mu", at::zeros({0}, at::kDouble)}, {"sigma", at::zeros({0, 0}, at::kDouble)}}),
      HasSubstr("the mean (mu)"));
}

TEST_F(StatisticsFile, a_sigma_that_is_no_covariance) {
  at::Tensor sigma = sigma_.clone();
  sigma[1][3] += 0.5 * sigma.max();
  EXPECT_THAT(fault({{"mu", mu_}, {"sigma", sigma}}),
              AllOf(HasSubstr(path_), HasSubstr("not symmetric")));
  sigma = sigma_.clone();
  sigma[2][2] = NAN;
  EXPECT_THAT(fault({{"mu", mu_}, {"sigma", sigma}}), HasSubstr("NaN"));
  sigma = sigma_.clone();
  sigma[2][2] = -1;
  EXPECT_THAT(fault({{"mu", mu_}, {"sigma", sigma}}), HasSubstr("negative variance"));
  EXPECT_THAT(fault({{"mu", mu_}, {"sigma", sigma_}, {"mu_s", mu_ * NAN}, {"sigma_s", sigma_}}),
              AllOf(HasSubstr("'mu_s'"), HasSubstr("NaN")));
}

TEST_F(StatisticsFile, damaged_files) {
  write_statistics(path_, {pool_, {}, {}});
  const std::string whole = bytes();
  for (const size_t size : {size_t{0}, size_t{3}, whole.size() / 2, whole.size() - 1}) {
    EXPECT_THAT(fault_of_bytes(whole.substr(0, size)), HasSubstr(path_)) << size;
  }
  std::string changed = whole;
  changed[whole.find("mu.npy") + 6 + 128 + 4] ^= 1;  // behind the name and the header
  EXPECT_THAT(fault_of_bytes(changed), HasSubstr("mu"));
  EXPECT_THAT(fault_of_bytes("mu sigma"), HasSubstr(path_));
}

TEST_F(StatisticsFile, absent_file) {
  EXPECT_THROW(read_statistics((folder_ / "none.npz").string()), IoError);
}

}  // namespace
}  // namespace gpst
