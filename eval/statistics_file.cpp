#include "eval/statistics_file.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/npz.h"

namespace gpst {
namespace {

struct ArrayNames {
  std::string_view mean;
  std::string_view covariance;
};

constexpr ArrayNames kPool{"mu", "sigma"};
constexpr ArrayNames kSpatial{"mu_s", "sigma_s"};

// As f64, in the array's shape.
at::Tensor read_array(const NpzReader& npz, std::string_view name, size_t dimensions) {
  const NpyHeader header = npz.header(name);
  const auto refuse = [&](const std::string& fault) {
    throw InputError(fmt::format("{}: '{}' {}", npz.path(), name, fault));
  };
  if (header.dtype != DType::f32 && header.dtype != DType::f64) {
    refuse(fmt::format("holds {}, expected float32 or float64", dtype_name(header.dtype)));
  }
  if (header.shape.size() != dimensions) {
    refuse(fmt::format("has shape [{}], expected {}: this is no file of feature statistics",
                       fmt::join(header.shape, ", "), dimensions == 1 ? "[d]" : "[d, d]"));
  }
  const std::vector<double> values = to_float64(npz.read(name));
  at::Tensor array = at::empty(header.shape, at::kDouble);
  if (!values.empty()) {
    std::memcpy(array.data_ptr<double>(), values.data(), values.size() * sizeof(double));
  }
  return array;
}

Moments read_moments(const NpzReader& npz, const ArrayNames& names) {
  for (const std::string_view name : {names.mean, names.covariance}) {
    if (npz.contains(name)) continue;
    throw InputError(fmt::format(
        "{}: no array '{}', which statistics need (found: {}); `evaluate stats` makes such files",
        npz.path(), name, fmt::join(npz.names(), ", ")));
  }
  Moments moments;
  moments.mean = read_array(npz, names.mean, 1);
  const NpyHeader sigma = npz.header(names.covariance);
  const int64_t d = moments.mean.size(0);
  if (sigma.shape != std::vector<int64_t>{d, d}) {
    throw InputError(
        fmt::format("{}: '{}' has shape [{}], expected [{}, {}] as '{}' has {} numbers", npz.path(),
                    names.covariance, fmt::join(sigma.shape, ", "), d, d, names.mean, d));
  }
  moments.covariance = read_array(npz, names.covariance, 2);
  check_moments(moments, fmt::format("{}: '{}', '{}'", npz.path(), names.mean, names.covariance));
  return moments;
}

void write_array(NpzWriter& npz, std::string_view name, const at::Tensor& array) {
  const at::Tensor values = array.to(at::kDouble).contiguous();
  npz.add(name, DType::f64, values.sizes().vec(),
          std::as_bytes(
              std::span(values.const_data_ptr<double>(), static_cast<size_t>(values.numel()))));
}

void write_moments(NpzWriter& npz, const ArrayNames& names, const Moments& moments) {
  write_array(npz, names.mean, moments.mean);
  write_array(npz, names.covariance, moments.covariance);
}

bool has_any(const NpzReader& npz, const ArrayNames& names) {
  return npz.contains(names.mean) || npz.contains(names.covariance);
}

}  // namespace

bool has_statistics(const NpzReader& npz) { return has_any(npz, kPool); }

FeatureStatistics read_statistics(const std::string& path) {
  const NpzReader npz = NpzReader::open(path);
  FeatureStatistics statistics;
  statistics.provenance = npz.comment();
  statistics.pool = read_moments(npz, kPool);
  if (has_any(npz, kSpatial)) statistics.spatial = read_moments(npz, kSpatial);
  return statistics;
}

void write_statistics(const std::string& path, const FeatureStatistics& statistics) {
  NpzWriter npz(path);
  write_moments(npz, kPool, statistics.pool);
  if (statistics.spatial) write_moments(npz, kSpatial, *statistics.spatial);
  npz.set_comment(statistics.provenance);
  npz.commit();
}

}  // namespace gpst
