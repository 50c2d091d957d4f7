#include "eval/ssim_float32.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/ssim_windows.h"

// The hot loop is compiled a second time for processors with fused multiply-add; others compute the
// same, slowly.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define GPST_FMA_CLONES __attribute__((target_clones("fma", "default")))
#else
#define GPST_FMA_CLONES
#endif

namespace gpst {
namespace {

constexpr size_t kSide = kGaussianSide;
constexpr size_t kChannels = 3;
constexpr size_t kBlock = 32;  // results that are summed together, in registers

enum Moment : size_t { kA, kB, kSquareA, kSquareB, kProduct, kMoments };

using Kernel = std::array<float, kSide * kSide>;  // [row][column]

Kernel gaussian_kernel() {
  std::array<float, kSide> axis;
  double sum = 0;  // rounded once: the last bit of the window's weight shows in flat pictures
  for (size_t i = 0; i < kSide; ++i) {
    const float offset = (static_cast<float>(i) - static_cast<float>(kSide / 2)) / 1.5F;
    axis[i] = std::exp(-(offset * offset) / 2);
    sum += axis[i];
  }
  for (float& weight : axis) weight /= static_cast<float>(sum);
  Kernel kernel;
  for (size_t i = 0; i < kSide * kSide; ++i) kernel[i] = axis[i / kSide] * axis[i % kSide];
  return kernel;
}

// out[x] = sum over i, j of kernel[i][j] rows[i][x + 3 j] for x in [0, count), `count` a multiple
// of kBlock.
GPST_FMA_CLONES void window_sums(const std::array<const float*, kSide>& rows, const Kernel& kernel,
                                 size_t count, float* out) {
  for (size_t x = 0; x < count; x += kBlock) {
    std::array<float, kBlock> sums = {};
    for (size_t i = 0; i < kSide; ++i) {
      for (size_t j = 0; j < kSide; ++j) {
        const float weight = kernel[i * kSide + j];
        const float* source = rows[i] + x + j * kChannels;
        for (size_t k = 0; k < kBlock; ++k) sums[k] = std::fma(source[k], weight, sums[k]);
      }
    }
    std::copy(sums.begin(), sums.end(), out + x);
  }
}

// The moments of the last kSide picture rows, row y in slot y % kSide. Rows are longer than the
// picture's so that whole blocks can be summed.
class MomentRows {
 public:
  explicit MomentRows(const Picture8& size)
      : count_(size.row_bytes() - (kSide - 1) * kChannels),
        blocks_(count_ / kBlock + (count_ % kBlock != 0)),
        stride_(blocks_ * kBlock + (kSide - 1) * kChannels) {
    for (auto& moment : rows_) moment.resize(kSide * stride_);
    for (auto& sums : sums_) sums.resize(blocks_ * kBlock);
  }

  void set_row(const Picture8& a, const Picture8& b, int y) {
    const uint8_t* row_a = a.at(0, y);
    const uint8_t* row_b = b.at(0, y);
    std::array<float*, kMoments> out;
    for (size_t m = 0; m < kMoments; ++m) out[m] = rows_[m].data() + slot(y);
    for (size_t i = 0; i < a.row_bytes(); ++i) {
      const float va = static_cast<float>(row_a[i]) / 255, vb = static_cast<float>(row_b[i]) / 255;
      out[kA][i] = va;
      out[kB][i] = vb;
      out[kSquareA][i] = va * va;
      out[kSquareB][i] = vb * vb;
      out[kProduct][i] = va * vb;
    }
  }

  // Of the windows that end with row `bottom`.
  void sum(int bottom, const Kernel& kernel) {
    for (size_t m = 0; m < kMoments; ++m) {
      std::array<const float*, kSide> rows;
      for (size_t i = 0; i < kSide; ++i) {
        rows[i] = rows_[m].data() + slot(bottom + 1 + static_cast<int>(i));
      }
      window_sums(rows, kernel, blocks_ * kBlock, sums_[m].data());
    }
  }

  size_t count() const { return count_; }
  float at(Moment moment, size_t i) const { return sums_[moment][i]; }

 private:
  size_t slot(int y) const { return static_cast<size_t>(y) % kSide * stride_; }

  size_t count_;   // windows of a row, channels interleaved
  size_t blocks_;  // that hold them
  size_t stride_;
  std::array<std::vector<float>, kMoments> rows_;  // [kSide][stride]
  std::array<std::vector<float>, kMoments> sums_;  // [blocks * kBlock]
};

double ssim_sum(const MomentRows& windows, float c1, float c2) {
  double sum = 0;
  for (size_t i = 0; i < windows.count(); ++i) {
    const float a = windows.at(kA, i), b = windows.at(kB, i);
    const float aa = a * a, bb = b * b, ab = a * b;
    const float variance_a = std::max(windows.at(kSquareA, i) - aa, 0.0F);
    const float variance_b = std::max(windows.at(kSquareB, i) - bb, 0.0F);
    const float covariance = windows.at(kProduct, i) - ab;
    sum +=
        ((2 * ab + c1) * (2 * covariance + c2)) / ((aa + bb + c1) * (variance_a + variance_b + c2));
  }
  return sum;
}

}  // namespace

double mean_ssim_float32(const Picture8& a, const Picture8& b, float range) {
  const auto constant = [&](double k) { return static_cast<float>((k * range) * (k * range)); };
  const float c1 = constant(0.01), c2 = constant(0.03);
  const Kernel kernel = gaussian_kernel();
  MomentRows windows(a);
  double sum = 0;
  int64_t rows = 0;
  for (int y = 0; y < a.height; ++y) {
    windows.set_row(a, b, y);
    if (y + 1 < static_cast<int>(kSide)) continue;
    windows.sum(y, kernel);
    sum += ssim_sum(windows, c1, c2);
    ++rows;
  }
  return sum / (static_cast<double>(rows) * static_cast<double>(windows.count()));
}

}  // namespace gpst
