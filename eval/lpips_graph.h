// The trunks of LPIPS as data: what the networks run and which tensors a weights file must hold
// both come from here (evaluation.md, "LPIPS").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/field_visitor.h"
#include "io/safetensors.h"

namespace gpst {

enum class LpipsNet { vgg16, alexnet };

inline constexpr std::array<EnumName<LpipsNet>, 2> kLpipsNets{
    {{LpipsNet::vgg16, "vgg16"}, {LpipsNet::alexnet, "alexnet"}}};

std::string name_of(LpipsNet net);

inline constexpr int64_t kLpipsTaps = 5;

// One convolution with bias and the ReLU behind it, in the order the trunk runs them.
struct TrunkConvolution {
  int index = 0;            // N of torchvision's `features.N`
  int64_t pool_window = 0;  // of the max pool, stride 2, in front of it; 0: none
  int64_t in = 0, out = 0;
  int64_t kernel = 3;
  int64_t stride = 1;
  int64_t padding = 1;
  bool tap = false;  // LPIPS compares what this one gives
};

// 13 of VGG16 (taps relu1_2, 2_2, 3_3, 4_3, 5_3) or 5 of AlexNet (every one a tap). What comes
// after the last tap is not run.
std::span<const TrunkConvolution> trunk_convolutions(LpipsNet net);

// [out,in,kernel,kernel]
std::vector<int64_t> weight_shape(const TrunkConvolution& convolution);

// The smaller side a picture must have: below it a pool has nothing left to look at.
int64_t smallest_side(LpipsNet net);

// "lin0.model.1.weight" for the first tap.
std::string linear_layer_name(size_t tap);

// Every tensor of a weights file: `features.N.weight|bias` and `lin0.model.1.weight` to
// `lin4.model.1.weight` [1,C,1,1].
std::vector<TensorSpec> lpips_tensors(LpipsNet net);

}  // namespace gpst
