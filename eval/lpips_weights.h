// Weights of LPIPS from the files people have: trunk and linear layers in one file or in two, under
// the names of several packages. Used inside eval/ and by tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eval/lpips_graph.h"
#include "eval/stored_tensors.h"

namespace gpst {

// The name lpips_tensors() uses for a stored one; "" for what LPIPS has no use for (the classifier
// of a trunk, `scaling_layer`). Anything may stand in front (`net.`, `module.`,
// `perceptual_loss.`):
//   features.N.weight|bias, sliceK.N.weight|bias          -> features.N.weight|bias
//   linK.weight, linK.model.0|1.weight, lins.K. the same  -> linK.model.1.weight
std::string lpips_tensor_name(std::string_view stored);

struct LpipsWeights {
  LpipsNet net = LpipsNet::vgg16;
  TensorsByName tensors;  // all of lpips_tensors(net), f32
};

// InputError when no file has a trunk, when it is neither of the two, when tensors are missing or
// have another shape, and when two tensors of one name differ.
LpipsWeights read_lpips(const std::vector<std::string>& paths);

}  // namespace gpst
