#include "eval/moments.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "eval/block_products.h"
#include "nn/libtorch_threads.h"

namespace gpst {
namespace {

constexpr int64_t kRows = 256;  // a buffer; part of the result's last digits

}  // namespace

MomentAccumulator::MomentAccumulator(int64_t features)
    : buffer_(at::empty({kRows, features}, at::kDouble)) {}

void MomentAccumulator::add(const at::Tensor& rows) {
  if (rows.dim() != 2 || rows.size(1) != buffer_.size(1)) {
    throw InputError(fmt::format("features: a row has {} numbers, expected {}",
                                 rows.dim() == 2 ? rows.size(1) : rows.numel(), buffer_.size(1)));
  }
  if (!at::isfinite(rows).all().item<bool>()) {
    throw InputError(
        fmt::format("features: numbers that are not finite in rows {} to {}: the network that made "
                    "them overflowed or its weights are broken",
                    count(), count() + rows.size(0) - 1));
  }
  for (int64_t begin = 0; begin < rows.size(0);) {
    const int64_t taken = std::min(rows.size(0) - begin, kRows - buffered_);
    buffer_.slice(0, buffered_, buffered_ + taken).copy_(rows.slice(0, begin, begin + taken));
    begin += taken;
    buffered_ += taken;
    if (buffered_ == kRows) {
      sums_.add(buffer_);
      buffered_ = 0;
    }
  }
}

void MomentAccumulator::Sums::add(const at::Tensor& rows) {
  // The order of additions inside an operation depends on its number of threads.
  const LibtorchThreads one(1);
  if (count == 0) {
    centre = rows.mean(0);  // [d]
    sum = at::zeros_like(centre);
    products = at::zeros({rows.size(1), rows.size(1)}, rows.options());
  }
  const at::Tensor x = rows - centre;  // [n,d]
  sum += x.sum(0);
  add_upper_product(products, x);
  count += rows.size(0);
}

Moments MomentAccumulator::result() const {
  if (count() < 2) {
    throw InputError(fmt::format(
        "a covariance needs at least two pictures, found {}: give a larger set", count()));
  }
  const LibtorchThreads one(1);
  Sums all = sums_;
  if (buffered_ > 0) {
    if (all.count > 0) {
      all.sum = all.sum.clone();
      all.products = all.products.clone();
    }
    all.add(buffer_.slice(0, 0, buffered_));
  }
  const double n = static_cast<double>(all.count);
  const at::Tensor offset = all.sum / n;  // [d], mean - centre
  at::Tensor upper = at::triu(all.products);
  upper.addr_(offset, offset, 1, -n);
  upper /= n - 1;
  return {all.count, all.centre + offset, at::triu(upper) + at::triu(upper, 1).t()};
}

Moments moments_of(const at::Tensor& rows) {
  if (rows.dim() != 2) {
    throw InputError(
        fmt::format("features: a tensor of {} dimensions, expected rows [n,d]", rows.dim()));
  }
  MomentAccumulator accumulator(rows.size(1));
  accumulator.add(rows);
  return accumulator.result();
}

}  // namespace gpst
