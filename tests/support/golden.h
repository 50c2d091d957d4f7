// Golden data for tests, without LibTorch: where it lies, how to open it, how to compare with it.
// The directory is that of the environment variable GPST_GOLDEN_DIR, else the one in the tree.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace gpst {

inline std::filesystem::path golden_dir() {
  const char* chosen = std::getenv("GPST_GOLDEN_DIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : GPST_GOLDEN_DEFAULT;
}

// `file` is relative to the golden directory: "partition/cases.json".
inline std::filesystem::path golden_path(const std::filesystem::path& file) {
  const std::filesystem::path path = golden_dir() / file;
  if (!std::filesystem::exists(path)) {
    throw std::runtime_error("golden data: no file " + path.string() +
                             " (GPST_GOLDEN_DIR names another set)");
  }
  return path;
}

inline nlohmann::json golden_json(const std::filesystem::path& file) {
  std::ifstream stream(golden_path(file));
  return nlohmann::json::parse(stream);
}

inline SafetensorsFile open_golden(const std::filesystem::path& file) {
  return SafetensorsFile::open(golden_path(file).string());
}

// The raw numbers of a tensor; T must have the size of the stored type (float for f32, ...).
template <class T>
std::vector<T> golden_values(const TensorView& tensor) {
  if (dtype_size(tensor.dtype) != sizeof(T)) {
    throw std::runtime_error("golden tensor '" + tensor.name + "' is stored as " +
                             std::string(dtype_name(tensor.dtype)) + ", asked as another size");
  }
  std::vector<T> values(static_cast<size_t>(tensor.elements()));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// How far two arrays may be apart. An element passes when |a - e| <= absolute + relative * max|e|
// (the largest of the whole array); a share of `outliers` may reach `outlier_absolute` instead.
struct Tolerance {
  double absolute = 0;
  double relative = 0;
  double outliers = 0;
  double outlier_absolute = 0;
};

// Compares element by element. NaN never passes; the message names the worst element.
template <class T>
::testing::AssertionResult close_to(std::span<const T> actual, std::span<const T> expected,
                                    const Tolerance& tolerance) {
  if (actual.size() != expected.size()) {
    return ::testing::AssertionFailure()
           << actual.size() << " elements, expected " << expected.size();
  }
  double largest = 0;
  for (const T e : expected) largest = std::max(largest, std::abs(static_cast<double>(e)));
  const double limit = tolerance.absolute + tolerance.relative * largest;
  size_t beyond = 0, worst = 0;
  double worst_difference = -1;
  for (size_t i = 0; i < actual.size(); ++i) {
    double difference = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (std::isnan(difference)) difference = actual[i] == expected[i] ? 0 : INFINITY;
    if (!(difference <= limit)) ++beyond;
    if (difference > worst_difference) worst_difference = difference, worst = i;
  }
  const bool few = static_cast<double>(beyond) <= tolerance.outliers * actual.size() &&
                   worst_difference <= tolerance.outlier_absolute;
  auto result = beyond == 0 || few ? ::testing::AssertionSuccess() : ::testing::AssertionFailure();
  if (actual.empty()) return result << "both are empty";
  return result << "largest difference " << worst_difference << " at element " << worst << ": "
                << +actual[worst] << ", expected " << +expected[worst] << " (allowed " << limit
                << "; " << beyond << " of " << actual.size() << " beyond it; max|expected| "
                << largest << ")";
}

template <class T>
::testing::AssertionResult close_to(const std::vector<T>& actual, const std::vector<T>& expected,
                                    const Tolerance& tolerance) {
  return close_to(std::span<const T>(actual), std::span<const T>(expected), tolerance);
}

}  // namespace gpst
