#include "eval/signed_batch.h"

#include <ATen/ATen.h>

#include <span>

#include "image/preprocess.h"

namespace gpst {

at::Tensor signed_batch(const std::vector<const Picture8*>& pictures) {
  const auto rows = static_cast<int64_t>(pictures.size());
  const int64_t height = rows == 0 ? 0 : pictures.front()->height;
  const int64_t width = rows == 0 ? 0 : pictures.front()->width;
  at::Tensor batch = at::empty({rows, 3, height, width});
  float* next = batch.mutable_data_ptr<float>();
  for (const Picture8* picture : pictures) {
    to_float_chw(*picture, std::span(next, picture->rgb.size()));
    next += picture->rgb.size();
  }
  return batch;
}

}  // namespace gpst
