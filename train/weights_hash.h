// A checksum of a model's weights, to tell whether two processes have the same.
#pragma once

#include <string>

namespace torch::nn {
class Module;
}

namespace gpst {

// XXH3 of parameters and buffers in order, 16 hexadecimal digits.
std::string weights_hash(const torch::nn::Module& module);

}  // namespace gpst
