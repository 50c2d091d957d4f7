#include "ops/cuda/stream.h"

namespace gpst {

OpStream::OpStream(const at::Tensor& tensor) : guard_(tensor.device()), stream_(nullptr) {}

}  // namespace gpst
