// The graph of Inception v3 of 2015-12-05, the one FID is defined with, as data: what the network
// runs and which tensors a weights file must hold both come from here (evaluation.md, "Inception").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace gpst {

inline constexpr int64_t kInceptionFeatures = 2048;      // pooled
inline constexpr int64_t kInceptionSpatialChannels = 7;  // of a map of 17x17
inline constexpr int64_t kInceptionSpatial = kInceptionSpatialChannels * 17 * 17;
inline constexpr int64_t kInceptionClasses = 1008;

// Convolution without bias, batch norm, ReLU. `name` is relative to its stage.
struct InceptionUnit {
  std::string name;
  int64_t out = 0;
  int64_t kernel_height = 1, kernel_width = 1;
  int64_t stride = 1;
  int64_t pad_height = 0, pad_width = 0;
};

// What a branch begins with. average: 3x3/1 over the pixels inside the picture.
enum class InceptionPool { none, average, max_stride_1, max_stride_2 };

// pool, then the units of `chain` one after another; then those of `fork`, each on the chain's
// result, concatenated.
struct InceptionBranch {
  InceptionPool pool = InceptionPool::none;
  std::vector<InceptionUnit> chain;
  std::vector<InceptionUnit> fork = {};
};

// Branches of one input, their results concatenated over channels.
struct InceptionStage {
  std::string name;  // "Conv2d_1a_3x3", "MaxPool_1", ..., "Mixed_7c"
  int64_t side = 0;  // of its input, with pictures of 299
  std::vector<InceptionBranch> branches;
};

// In order, from the picture to the input of the global mean.
std::vector<InceptionStage> inception_stages();

// A unit with what the graph around it says.
struct InceptionConvolution {
  std::string key;                       // "Conv2d_1a_3x3", "Mixed_5b.branch1x1"
  std::vector<int64_t> shape;            // of the weight: [out,in,height,width]
  std::vector<int64_t> stride, padding;  // [height,width]
  int64_t side = 0;                      // of its input
};

// All 94, in the order the stages run them: branch by branch, the chain before the fork.
std::vector<InceptionConvolution> inception_convolutions();

// Every tensor of a weights file under its name of the usual port: a convolution's weight and its
// norm's weight, bias, running_mean and running_var, fc.weight and fc.bias; 472 in all.
std::vector<TensorSpec> inception_tensors();

}  // namespace gpst
