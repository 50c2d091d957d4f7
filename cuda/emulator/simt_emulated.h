// cuda/simt.h for g++: kernels run on the emulator (README.md).
#pragma once

#include <cmath>

#include "cuda/emulator/atomics.h"
#include "cuda/emulator/block.h"
#include "cuda/emulator/intrinsics.h"
#include "cuda/emulator/launch.h"
#include "cuda/emulator/shared_memory.h"
#include "cuda/emulator/vector_types.h"
#include "cuda/emulator/warp.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(bytes) alignas(bytes)
