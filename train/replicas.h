// Data parallelism inside one process: copies of a model whose parameters are the very memory of
// the first, each with gradients of its own. One thread a copy, then one sum.
#pragma once

#include <memory>
#include <vector>

namespace torch::nn {
class Module;
}

namespace gpst {

// Makes the parameters and buffers of `copy` share the memory of those of `source` (same
// structure). Gradients stay separate.
void share_parameters(const torch::nn::Module& source, torch::nn::Module& copy);

// Adds the gradients of `copy` to those of `source` and forgets the former.
void move_gradients(torch::nn::Module& copy, torch::nn::Module& source);

}  // namespace gpst
