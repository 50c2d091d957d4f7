#include "layout_gen/layout_transform.h"

#include <vector>

#include "layout_gen/zorder.h"
#include "nn/log_sigma.h"
#include "ops/token_columns.h"

namespace gpst {
namespace {

// Row numbers in Z-order of the centres of one layout: int64 [l].
at::Tensor order_of(const at::Tensor& geometry /* [l,5] */) {
  const at::Tensor x = geometry.select(1, kX).to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor y = geometry.select(1, kY).to(at::kCPU, at::kFloat).contiguous();
  std::vector<Point> centres;
  for (int64_t i = 0; i < geometry.size(0); ++i) {
    centres.push_back({.x = x.const_data_ptr<float>()[i], .y = y.const_data_ptr<float>()[i]});
  }
  return at::tensor(z_order(centres), at::kLong).to(geometry.device());
}

at::Tensor in_z_order(const at::Tensor& geometry /* [B,l,5] */) {
  std::vector<at::Tensor> layouts;
  for (const at::Tensor& layout : geometry.unbind(0)) {
    layouts.push_back(layout.index_select(0, order_of(layout)));
  }
  return at::stack(layouts);  // [B,l,5]
}

}  // namespace

at::Tensor layout_values(const at::Tensor& geometry) {
  at::Tensor values = in_z_order(geometry);
  at::Tensor sigma = values.narrow(2, kSigmaX, 2);
  sigma.copy_(log2_sigma(sigma));
  return values;
}

at::Tensor layout_target(const at::Tensor& geometry, const ChannelStatistics& statistics) {
  const at::Tensor z = statistics.standardise(layout_values(geometry));  // [B,l,5]
  return z.transpose(1, 2).unsqueeze(-1).contiguous();                   // [B,5,l,1]
}

Layout layout_from_sample(const at::Tensor& sample, const ChannelStatistics& statistics) {
  at::Tensor values = statistics.restore(sample.squeeze(-1).transpose(1, 2));  // [B,l,5]
  at::Tensor sigma = values.narrow(2, kSigmaX, 2);
  sigma.copy_(at::exp2(sigma));
  return Layout(values);
}

}  // namespace gpst
