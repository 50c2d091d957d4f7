#include "tokenizer/tile_grid.h"

#include <ATen/ATen.h>

namespace gpst {

at::Tensor cut_tiles(const at::Tensor& whole, int64_t n) {
  if (n == 1) return whole;
  const int64_t pictures = whole.size(0), channels = whole.size(1);
  const int64_t height = whole.size(2) / n, width = whole.size(3) / n;
  return whole.unflatten(3, {n, width})
      .unflatten(2, {n, height})    // [B,C,n,h,n,w]
      .permute({0, 2, 4, 1, 3, 5})  // [B,n,n,C,h,w]
      .reshape({pictures * n * n, channels, height, width})
      .contiguous(whole.suggest_memory_format());
}

at::Tensor join_tiles(const at::Tensor& tiles, int64_t n) {
  if (n == 1) return tiles;
  const int64_t pictures = tiles.size(0) / (n * n), channels = tiles.size(1);
  const int64_t height = tiles.size(2), width = tiles.size(3);
  return tiles.unflatten(0, {pictures, n, n})
      .permute({0, 3, 1, 4, 2, 5})  // [B,C,n,h,n,w]
      .reshape({pictures, channels, n * height, n * width})
      .contiguous(tiles.suggest_memory_format());
}

}  // namespace gpst
