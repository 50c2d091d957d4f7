#include "eval/precision_recall.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/error.h"
#include "nn/worker_threads.h"

namespace gpst {
namespace {

constexpr int64_t kBlock = 1024;  // rows of a tile of distances
constexpr int64_t kStrip = 2048;  // columns of one

int64_t blocks_of(int64_t rows) { return (rows + kBlock - 1) / kBlock; }

at::Tensor squared_norms(const at::Tensor& rows) { return rows.square().sum(1); }

// One block of rows u [b,d] f64 against all rows [n,d], strip by strip: take(begin, distances
// [b,strip]).
template <class Take>
void for_each_strip(const at::Tensor& u, const at::Tensor& rows, const Take& take) {
  const at::Tensor u_norms = squared_norms(u).unsqueeze(1);  // [b,1]
  for (int64_t begin = 0; begin < rows.size(0); begin += kStrip) {
    const at::Tensor v = rows.slice(0, begin, begin + kStrip).to(at::kDouble);  // [strip,d]
    take(begin, (u_norms + squared_norms(v) - 2 * u.matmul(v.t())).clamp_min_(0));
  }
}

at::Tensor block_of(const at::Tensor& rows, int64_t index) {
  return rows.slice(0, index * kBlock, (index + 1) * kBlock).to(at::kDouble);  // [<=kBlock,d]
}

// The share of rows inside a ball about one of `centres` [n,d] with squared radii [n] f64.
double share_inside(const at::Tensor& rows, const at::Tensor& centres, const at::Tensor& radii,
                    int threads) {
  std::atomic<int64_t> inside = 0;
  for_each_on_workers(blocks_of(rows.size(0)), threads, [&](int64_t index, int) {
    const at::Tensor u = block_of(rows, index);
    at::Tensor any = at::zeros({u.size(0)}, at::kBool);
    for_each_strip(u, centres, [&](int64_t begin, const at::Tensor& distances) {
      any |= (distances <= radii.slice(0, begin, begin + kStrip)).any(1);
    });
    inside += any.sum().item<int64_t>();
  });
  return static_cast<double>(inside) / static_cast<double>(rows.size(0));
}

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
  const int64_t nearest = options.neighbours + 1;  // the row itself is among them
  at::Tensor radii = at::empty({rows.size(0)}, at::kDouble);
  for_each_on_workers(blocks_of(rows.size(0)), options.threads, [&](int64_t index, int) {
    const at::Tensor u = block_of(rows, index);
    at::Tensor best;  // [b,<=nearest]
    for_each_strip(u, rows, [&](int64_t, const at::Tensor& distances) {
      const at::Tensor all = best.defined() ? at::cat({best, distances}, 1) : distances;
      best = std::get<0>(all.topk(std::min(nearest, all.size(1)), 1, /*largest=*/false));
    });
    radii.slice(0, index * kBlock, index * kBlock + u.size(0)).copy_(std::get<0>(best.max(1)));
  });
  return radii;
}

PrecisionRecall precision_recall(const at::Tensor& reference, const at::Tensor& samples,
                                 const PrecisionRecallOptions& options) {
  const at::Tensor reference_radii = squared_radii(reference, options);
  const at::Tensor sample_radii = squared_radii(samples, options);
  if (reference.size(1) != samples.size(1)) {
    throw InputError(fmt::format("precision and recall: features of {} and {} numbers",
                                 reference.size(1), samples.size(1)));
  }
  return {.precision = share_inside(samples, reference, reference_radii, options.threads),
          .recall = share_inside(reference, samples, sample_radii, options.threads)};
}

}  // namespace gpst
