#include "tokenizer/region_tables.h"

#include <ATen/ATen.h>

#include "ops/token_columns.h"

namespace gpst {
namespace {

template <class Value>
at::Tensor table(int count, at::Device device, const Value& value) {
  at::Tensor values = at::empty({count}, at::kFloat);
  for (int i = 0; i < count; ++i) values.mutable_data_ptr<float>()[i] = value(i);
  return values.to(device);
}

at::Tensor look_up(const at::Tensor& table, const at::Tensor& index /* [...] int32 */) {
  return table.index_select(0, index.reshape({-1})).view(index.sizes());
}

}  // namespace

RegionTables::RegionTables(int side, SigmaInit init, at::Device device)
    : sigma_(table(side, device,
                   [&](int extent) {
                     return initial_gaussian({0, 0, extent, 0}, side, side, init).sigma_x;
                   })),
      centre_(table(2 * side - 1, device,
                    [&](int sum) {
                      const int first = sum / 2;
                      return initial_gaussian({first, 0, sum - first, 0}, side, side, init).x;
                    })),
      bound_(table(side, device, [&](int pixel) {
        return region_box({pixel, 0, pixel, 0}, side, side).x0;
      })) {}

at::Tensor RegionTables::gaussians(const at::Tensor& regions) const {
  static_assert(kSigmaX == 0 && kSigmaY == 1 && kRho == 2 && kX == 3 && kY == 4);
  const at::Tensor first = regions.narrow(2, 0, 2), last = regions.narrow(2, 2, 2);  // [T,l,2]
  const at::Tensor sigma = look_up(sigma_, last - first);
  const at::Tensor mean = look_up(centre_, last + first);
  const at::Tensor rho = at::zeros({regions.size(0), regions.size(1), 1}, sigma.options());
  return at::cat({sigma, rho, mean}, 2);
}

at::Tensor RegionTables::boxes(const at::Tensor& regions) const { return look_up(bound_, regions); }

}  // namespace gpst
