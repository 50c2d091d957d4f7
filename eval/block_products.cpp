#include "eval/block_products.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "nn/worker_threads.h"

namespace gpst {
namespace {

// Side of a block: small ones leave out more, large ones run faster.
int64_t side_for(int64_t columns) { return std::clamp<int64_t>(columns / 4, 64, 512); }

// One block of a product, and from which row of the factors on there is something to add.
struct Block {
  int64_t row = 0;
  int64_t column = 0;
  int64_t from = 0;
};

// product = kept product + scale x^T y.
struct Factors {
  double kept = 0;
  double scale = 1;
};

void multiply(const at::Tensor& product, const at::Tensor& x, const at::Tensor& y,
              const std::vector<Block>& blocks, int64_t side, const Factors& factors, int threads) {
  for_each_on_workers(std::ssize(blocks), threads, [&](int64_t i, int) {
    const auto [row, column, from] = blocks[i];
    const int64_t row_end = std::min(product.size(0), row + side);
    const int64_t column_end = std::min(product.size(1), column + side);
    product.slice(0, row, row_end)
        .slice(1, column, column_end)
        .addmm_(x.slice(0, from).slice(1, row, row_end).t(),
                y.slice(0, from).slice(1, column, column_end), factors.kept, factors.scale);
  });
}

std::vector<Block> upper_blocks(int64_t columns, int64_t side) {
  std::vector<Block> blocks;
  for (int64_t row = 0; row < columns; row += side) {
    for (int64_t column = row; column < columns; column += side) blocks.push_back({row, column, 0});
  }
  return blocks;
}

}  // namespace

at::Tensor upper_product(const at::Tensor& x, const at::Tensor& y, int threads) {
  const int64_t r = x.size(1), side = side_for(r);
  at::Tensor product = at::empty({r, r}, x.options());
  multiply(product, x, y, upper_blocks(r, side), side, {}, threads);
  return product;
}

void add_upper_product(const at::Tensor& sums, const at::Tensor& x, double scale) {
  const int64_t side = side_for(x.size(1));
  multiply(sums, x, x, upper_blocks(x.size(1), side), side, {.kept = 1, .scale = scale}, 1);
}

at::Tensor block_product(const at::Tensor& x, Shape shape_of_x, const at::Tensor& y,
                         Shape shape_of_y, int threads) {
  const int64_t r = x.size(1), q = y.size(1), side = side_for(r);
  std::vector<Block> blocks;
  for (int64_t row = 0; row < r; row += side) {
    for (int64_t column = 0; column < q; column += side) {
      const int64_t from_x = shape_of_x == Shape::lower ? row : 0;
      const int64_t from_y = shape_of_y == Shape::lower ? column : 0;
      blocks.push_back({row, column, std::max(from_x, from_y)});
    }
  }
  at::Tensor product = at::empty({r, q}, x.options());
  multiply(product, x, y, blocks, side, {}, threads);
  return product;
}

}  // namespace gpst
