#include <c10/cuda/CUDAStream.h>

#include "ops/cuda/stream.h"

namespace gpst {

OpStream::OpStream(const at::Tensor& tensor)
    : guard_(tensor.device()),
      stream_(c10::cuda::getCurrentCUDAStream(tensor.device().index()).stream()) {}

}  // namespace gpst
