// Which norm and which activation; shared by the public header and the kernels (no LibTorch here).
#pragma once

#include <cstdint>

namespace gpst {

enum class NormKind : int64_t { group = 0, tile = 1 };
enum class Activation : int64_t { none = 0, silu = 1 };

}  // namespace gpst
