// A stream of the CUDA runtime (cudaStream_t), without its headers.
#pragma once

struct CUstream_st;

namespace gpst::cuda {

using Stream = CUstream_st*;  // null: the default stream

}  // namespace gpst::cuda
