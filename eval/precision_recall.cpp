#include "eval/precision_recall.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "nn/worker_threads.h"

namespace gpst {
namespace {

constexpr int64_t kBlock = 1024;  // rows and columns of a tile of distances

int64_t blocks_of(const at::Tensor& rows) { return (rows.size(0) + kBlock - 1) / kBlock; }

// Rows of one block, [<=kBlock,d] f64.
at::Tensor block_of(const at::Tensor& rows, int64_t index) {
  return rows.slice(0, index * kBlock, (index + 1) * kBlock).to(at::kDouble);
}

// The same part of numbers that belong to rows, as a view.
at::Tensor part_of(const at::Tensor& numbers, int64_t index) {
  return numbers.slice(0, index * kBlock, (index + 1) * kBlock);
}

// |u|^2 + |v|^2 - 2 u.v of all pairs: u [b,d], v [c,d] f64 -> [b,c].
at::Tensor squared_distances(const at::Tensor& u, const at::Tensor& v) {
  const at::Tensor u_norms = u.square().sum(1, /*keepdim=*/true), v_norms = v.square().sum(1);
  return u.matmul(v.t()).mul_(-2).add_(u_norms).add_(v_norms).clamp_min_(0);
}

// The smallest numbers of each row so far, [b,k] ascending, and those of new rows [b,c].
void keep_smallest(const at::Tensor& smallest, const at::Tensor& distances) {
  const int64_t k = smallest.size(1);
  const auto smallest_of = [&](const at::Tensor& rows) {
    return std::get<0>(rows.topk(std::min(k, rows.size(1)), 1, /*largest=*/false));
  };
  smallest.copy_(smallest_of(at::cat({smallest, smallest_of(distances)}, 1)));
}

struct Tile {
  int64_t row = 0;
  int64_t column = 0;
};

// Those on and above the diagonal.
std::vector<Tile> upper_tiles(int64_t blocks) {
  std::vector<Tile> tiles;
  for (int64_t row = 0; row < blocks; ++row) {
    for (int64_t column = row; column < blocks; ++column) tiles.push_back({row, column});
  }
  return tiles;
}

// Which rows are inside a ball of the other set.
struct Inside {
  at::Tensor samples;    // [m] bool
  at::Tensor reference;  // [n] bool
};

int64_t count(const at::Tensor& flags) { return flags.sum().item<int64_t>(); }

void check_rows(const at::Tensor& rows, int64_t neighbours) {
  if (rows.dim() != 2) throw InputError("precision and recall: the features are not rows [n,d]");
  if (neighbours < 1) {
    throw InputError(
        fmt::format("precision and recall: {} neighbours, expected 1 at least", neighbours));
  }
  if (rows.size(0) <= neighbours) {
    throw InputError(fmt::format(
        "precision and recall with {} neighbours need {} pictures at least in either set, found {}",
        neighbours, neighbours + 1, rows.size(0)));
  }
}

}  // namespace

at::Tensor squared_radii(const at::Tensor& rows, const PrecisionRecallOptions& options) {
  check_rows(rows, options.neighbours);
  const int64_t n = rows.size(0), nearest = options.neighbours + 1;  // a row is among its own
  const std::vector<Tile> tiles = upper_tiles(blocks_of(rows));
  // Of each worker what it has seen; the smallest of all do not depend on who saw them.
  std::vector<at::Tensor> seen(std::max(options.threads, 1));  // [n,nearest]
  for (at::Tensor& smallest : seen) smallest = at::full({n, nearest}, INFINITY, at::kDouble);
  for_each_on_workers(std::ssize(tiles), options.threads, [&](int64_t index, int worker) {
    const auto [row, column] = tiles[index];
    const at::Tensor distances = squared_distances(block_of(rows, row), block_of(rows, column));
    keep_smallest(part_of(seen[worker], row), distances);
    if (row != column) keep_smallest(part_of(seen[worker], column), distances.t().contiguous());
  });
  for (size_t i = 1; i < seen.size(); ++i) keep_smallest(seen[0], seen[i]);
  return seen[0].select(1, nearest - 1).contiguous();
}

PrecisionRecall precision_recall(const at::Tensor& reference, const at::Tensor& samples,
                                 const PrecisionRecallOptions& options) {
  const at::Tensor reference_radii = squared_radii(reference, options);
  const at::Tensor sample_radii = squared_radii(samples, options);
  if (reference.size(1) != samples.size(1)) {
    throw InputError(fmt::format("precision and recall: features of {} and {} numbers",
                                 reference.size(1), samples.size(1)));
  }
  const int64_t n = reference.size(0), m = samples.size(0), strips = blocks_of(reference);
  std::vector<Inside> seen(std::max(options.threads, 1));  // by worker
  for (Inside& inside : seen) inside = {at::zeros({m}, at::kBool), at::zeros({n}, at::kBool)};
  for_each_on_workers(blocks_of(samples) * strips, options.threads, [&](int64_t i, int worker) {
    const int64_t row = i / strips, column = i % strips;
    const at::Tensor distances =  // [samples,reference]
        squared_distances(block_of(samples, row), block_of(reference, column));
    part_of(seen[worker].samples, row) |= (distances <= part_of(reference_radii, column)).any(1);
    part_of(seen[worker].reference, column) |=
        (distances <= part_of(sample_radii, row).unsqueeze(1)).any(0);
  });
  for (size_t i = 1; i < seen.size(); ++i) {
    seen[0].samples |= seen[i].samples;
    seen[0].reference |= seen[i].reference;
  }
  return {.precision = static_cast<double>(count(seen[0].samples)) / static_cast<double>(m),
          .recall = static_cast<double>(count(seen[0].reference)) / static_cast<double>(n)};
}

}  // namespace gpst
