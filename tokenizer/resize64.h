#pragma once

#include <array>
#include <memory>
#include <vector>

namespace gpst {

// A 64x64 float picture with room for a border around every row, so that a filter may read one
// pixel beyond either end.
struct Picture64 {
  static constexpr int kSide = 64;
  static constexpr int kBorder = 8;
  static constexpr int kStride = kSide + 2 * kBorder;

  float* row(int y) { return pixels.data() + y * kStride + kBorder; }
  const float* row(int y) const { return pixels.data() + y * kStride + kBorder; }

  alignas(64) std::array<float, kSide * kStride> pixels{};
};

// Bilinear resize of float32 regions to 64x64, half-pixel centres, no antialiasing; the golden
// README, section 1, gives the rule to the last bit. Keeps tables and scratch between calls.
class Resize64 {
 public:
  // `source` points at the upper left pixel of a region of width x height pixels, `stride` floats
  // from row to row. Fills the picture and the one-pixel border left and right of every row.
  void operator()(const float* source, int stride, int width, int height, Picture64& out);

  // Outputs are computed in blocks of neighbours, a vector each.
  static constexpr int kBlock = 8;
  static constexpr int kBlocks = Picture64::kSide / kBlock;
  // Output i is lower[i]-th input * keep[i] + upper[i]-th input * take[i].
  struct Taps {
    alignas(32) std::array<int, Picture64::kSide> lower, upper;
    alignas(32) std::array<float, Picture64::kSide> keep, take;
    // Where it can be, a block's inputs lie in kBlock neighbours from base on, and lower and upper
    // count from there.
    bool near = false;
    std::array<int, kBlocks> base{};
  };

 private:
  enum class Border { drop_fraction, keep_fraction };
  struct AxisTables {
    std::vector<std::unique_ptr<const Taps>> of_length;
  };

  static Taps make_taps(int length, Border border);
  static void count_from_base(int length, Taps& taps);
  static const Taps& taps(AxisTables& tables, int length, Border border);

  AxisTables columns_, rows_;
  alignas(64) std::array<std::array<float, Picture64::kSide>, 2> scratch_{};
};

}  // namespace gpst
