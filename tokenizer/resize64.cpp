#include "tokenizer/resize64.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tokenizer/pixel_vectors.h"

namespace gpst {
namespace {

constexpr int kSide = Picture64::kSide;

constexpr int kBlock = Resize64::kBlock;
static_assert(kBlock == kPixelLanes);

GPST_VECTOR_CLONES
void blend_columns(const float* __restrict source, const Resize64::Taps& taps,
                   float* __restrict out) {
  for (int block = 0; block < Resize64::kBlocks; ++block) {
    const int first = block * kBlock;
    PixelFloats keep, take, lower, upper;
    load_pixels(taps.keep.data() + first, keep);
    load_pixels(taps.take.data() + first, take);
    if (taps.near) {
      PixelFloats near;
      PixelInts lower_place, upper_place;
      load_pixels(source + taps.base[block], near);
      load_pixels(taps.lower.data() + first, lower_place);
      load_pixels(taps.upper.data() + first, upper_place);
      lower = __builtin_shuffle(near, lower_place);
      upper = __builtin_shuffle(near, upper_place);
    } else {
      for (int i = 0; i < kBlock; ++i) {
        lower[i] = source[taps.lower[first + i]];
        upper[i] = source[taps.upper[first + i]];
      }
    }
    const PixelFloats blended = lower * keep + upper * take;
    store_pixels(out + first, blended);
  }
}

GPST_VECTOR_CLONES
void blend_rows(const float* __restrict a, const float* __restrict b, float keep, float take,
                float* __restrict out) {
  for (int x = 0; x < kSide; ++x) out[x] = a[x] * keep + b[x] * take;
  out[-1] = out[0];
  out[kSide] = out[kSide - 1];
}

}  // namespace

Resize64::Taps Resize64::make_taps(int length, Border border) {
  Taps taps{};
  const double scale = 1.0 / (static_cast<double>(kSide) / length);
  for (int i = 0; i < kSide; ++i) {
    float fraction = static_cast<float>((i + 0.5) * scale - 0.5);
    int index = static_cast<int>(std::floor(fraction));
    fraction -= static_cast<float>(index);
    if (border == Border::drop_fraction && (index < 0 || index >= length - 1)) {
      index = index < 0 ? 0 : length - 1;
      fraction = 0;
    }
    taps.lower[i] = std::clamp(index, 0, length - 1);
    taps.upper[i] = std::clamp(index + 1, 0, length - 1);
    taps.keep[i] = 1 - fraction;
    taps.take[i] = fraction;
  }
  if (border == Border::drop_fraction) count_from_base(length, taps);  // of columns
  return taps;
}

void Resize64::count_from_base(int length, Taps& taps) {
  if (length < kBlock) return;
  for (int block = 0; block < kBlocks; ++block) {
    const int first = block * kBlock, last = first + kBlock - 1;
    taps.base[block] = std::min(taps.lower[first], length - kBlock);
    if (taps.upper[last] - taps.base[block] >= kBlock) return;
  }
  taps.near = true;
  for (int i = 0; i < kSide; ++i) {
    taps.lower[i] -= taps.base[i / kBlock];
    taps.upper[i] -= taps.base[i / kBlock];
  }
}

const Resize64::Taps& Resize64::taps(AxisTables& tables, int length, Border border) {
  if (tables.of_length.size() <= static_cast<size_t>(length)) tables.of_length.resize(length + 1);
  auto& entry = tables.of_length[length];
  if (!entry) entry = std::make_unique<const Taps>(make_taps(length, border));
  return *entry;
}

void Resize64::operator()(const float* source, int stride, int width, int height, Picture64& out) {
  const Taps& columns = taps(columns_, width, Border::drop_fraction);
  const Taps& rows = taps(rows_, height, Border::keep_fraction);
  std::array<int, 2> held = {-1, -1};  // which source rows lie in scratch_, resized
  const auto resized_row = [&](int y) -> const float* {
    const float* row = source + static_cast<ptrdiff_t>(y) * stride;
    if (width == kSide) return row;
    const int slot = y & 1;  // two neighbouring rows never share a slot
    float* resized = scratch_[slot].data();
    if (std::exchange(held[slot], y) != y) {
      blend_columns(row, columns, resized);
    }
    return resized;
  };
  for (int y = 0; y < kSide; ++y) {
    const float* a = resized_row(rows.lower[y]);
    const float* b = resized_row(rows.upper[y]);
    blend_rows(a, b, rows.keep[y], rows.take[y], out.row(y));
  }
}

}  // namespace gpst
