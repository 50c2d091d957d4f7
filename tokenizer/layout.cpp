#include "tokenizer/layout.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

// [number of partitions, regions of each, columns]; fill(region, row) writes a row.
template <class Fill>
at::Tensor rows_of_regions(std::span<const Partition> partitions, int64_t columns,
                           const Fill& fill) {
  if (partitions.empty()) throw InputError("layout: no partitions given");
  const size_t tokens = partitions.front().regions.size();
  at::Tensor rows = at::empty(
      {static_cast<int64_t>(partitions.size()), static_cast<int64_t>(tokens), columns}, at::kFloat);
  float* row = rows.mutable_data_ptr<float>();
  for (const Partition& partition : partitions) {
    if (partition.regions.size() != tokens) {
      throw InputError(fmt::format("layout: tiles of {} and of {} regions cannot share a batch",
                                   tokens, partition.regions.size()));
    }
    for (const Region& region : partition.regions) {
      fill(region, row);
      row += columns;
    }
  }
  return rows;
}

}  // namespace

Layout::Layout(at::Tensor values) : values_(std::move(values)) {
  if (!values_.defined() || values_.dim() != 3 || values_.size(2) != kGeometry ||
      !values_.is_floating_point()) {
    throw InputError(fmt::format("layout: expected a floating tensor [B,l,{}], found {}", kGeometry,
                                 values_.defined() ? fmt::format("{} [{}]", values_.toString(),
                                                                 fmt::join(values_.sizes(), ","))
                                                   : "no tensor"));
  }
}

at::Tensor Layout::sigma() const { return values_.narrow(2, kSigmaX, 2); }
at::Tensor Layout::rho() const { return values_.narrow(2, kRho, 1); }
at::Tensor Layout::mean() const { return values_.narrow(2, kX, 2); }

Layout initial_gaussians(std::span<const Partition> partitions, TileSize tile, SigmaInit init) {
  return Layout(rows_of_regions(partitions, kGeometry, [&](const Region& region, float* row) {
    const InitialGaussian gaussian = initial_gaussian(region, tile.width, tile.height, init);
    row[kSigmaX] = gaussian.sigma_x;
    row[kSigmaY] = gaussian.sigma_y;
    row[kRho] = gaussian.rho;
    row[kX] = gaussian.x;
    row[kY] = gaussian.y;
  }));
}

at::Tensor region_boxes(std::span<const Partition> partitions, TileSize tile) {
  return rows_of_regions(partitions, 4, [&](const Region& region, float* row) {
    const RegionBox box = region_box(region, tile.width, tile.height);
    row[0] = box.x0;
    row[1] = box.y0;
    row[2] = box.x1;
    row[3] = box.y1;
  });
}

}  // namespace gpst
