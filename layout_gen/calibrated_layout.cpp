#include "layout_gen/calibrated_layout.h"

#include <ATen/ATen.h>

#include <vector>

namespace gpst {

Layout calibrate(const Layout& generated, const CalibrationOptions& options, SigmaInit init) {
  const at::Tensor means =
      generated.mean().detach().to(at::kCPU, at::kFloat).contiguous();  // [B,l,2]
  const float* xy = means.const_data_ptr<float>();
  std::vector<Partition> partitions;
  std::vector<Point> points(static_cast<size_t>(generated.tokens()));
  for (int64_t tile = 0; tile < generated.tiles(); ++tile) {
    for (Point& point : points) {
      point = {xy[0], xy[1]};
      xy += 2;
    }
    partitions.push_back({calibrate(points, options), {}});
  }
  return initial_gaussians(partitions, {options.side, options.side}, init);
}

}  // namespace gpst
