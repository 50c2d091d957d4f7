#include "eval/lpips_graph.h"

#include <algorithm>

namespace gpst {
namespace {

constexpr std::array<TrunkConvolution, 13> kVgg16{{
    {.index = 0, .in = 3, .out = 64},
    {.index = 2, .in = 64, .out = 64, .tap = true},
    {.index = 5, .pool_window = 2, .in = 64, .out = 128},
    {.index = 7, .in = 128, .out = 128, .tap = true},
    {.index = 10, .pool_window = 2, .in = 128, .out = 256},
    {.index = 12, .in = 256, .out = 256},
    {.index = 14, .in = 256, .out = 256, .tap = true},
    {.index = 17, .pool_window = 2, .in = 256, .out = 512},
    {.index = 19, .in = 512, .out = 512},
    {.index = 21, .in = 512, .out = 512, .tap = true},
    {.index = 24, .pool_window = 2, .in = 512, .out = 512},
    {.index = 26, .in = 512, .out = 512},
    {.index = 28, .in = 512, .out = 512, .tap = true},
}};

constexpr std::array<TrunkConvolution, 5> kAlexnet{{
    {.index = 0, .in = 3, .out = 64, .kernel = 11, .stride = 4, .padding = 2, .tap = true},
    {.index = 3, .pool_window = 3, .in = 64, .out = 192, .kernel = 5, .padding = 2, .tap = true},
    {.index = 6, .pool_window = 3, .in = 192, .out = 384, .tap = true},
    {.index = 8, .in = 384, .out = 256, .tap = true},
    {.index = 10, .in = 256, .out = 256, .tap = true},
}};

}  // namespace

std::string name_of(LpipsNet net) {
  for (const auto& [value, name] : kLpipsNets) {
    if (value == net) return std::string(name);
  }
  return "";
}

std::span<const TrunkConvolution> trunk_convolutions(LpipsNet net) {
  if (net == LpipsNet::vgg16) return kVgg16;
  return kAlexnet;
}

std::vector<int64_t> weight_shape(const TrunkConvolution& convolution) {
  return {convolution.out, convolution.in, convolution.kernel, convolution.kernel};
}

int64_t smallest_side(LpipsNet net) {
  // The smallest map of every layer from the last to the first: one pixel behind the last pool.
  int64_t side = 1;
  const std::span<const TrunkConvolution> convolutions = trunk_convolutions(net);
  for (size_t i = convolutions.size(); i-- > 0;) {
    const TrunkConvolution& each = convolutions[i];
    side = std::max<int64_t>((side - 1) * each.stride + each.kernel - 2 * each.padding, 1);
    if (each.pool_window > 0) side = (side - 1) * 2 + each.pool_window;
  }
  return side;
}

std::vector<TensorSpec> lpips_tensors(LpipsNet net) {
  std::vector<TensorSpec> tensors;
  std::vector<TensorSpec> linear;
  for (const TrunkConvolution& each : trunk_convolutions(net)) {
    const std::string key = "features." + std::to_string(each.index);
    tensors.push_back({key + ".weight", DType::f32, weight_shape(each)});
    tensors.push_back({key + ".bias", DType::f32, {each.out}});
    if (!each.tap) continue;
    linear.push_back({linear_layer_name(linear.size()), DType::f32, {1, each.out, 1, 1}});
  }
  tensors.insert(tensors.end(), linear.begin(), linear.end());
  return tensors;
}

std::string linear_layer_name(size_t tap) {
  return "lin" + std::to_string(tap) + ".model.1.weight";
}

}  // namespace gpst
