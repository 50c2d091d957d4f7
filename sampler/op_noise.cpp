#include "sampler/op_noise.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "ops/initial_noise.h"

namespace gpst {

OpNoise::OpNoise(at::Tensor pictures, uint64_t seed, NoisePurposes purposes)
    : pictures_(std::move(pictures)), seed_(seed), purposes_(purposes) {}

at::Tensor OpNoise::initial(at::IntArrayRef shape) { return draw(purposes_.initial, 0, shape); }

at::Tensor OpNoise::step(int64_t step, at::IntArrayRef shape) {
  return draw(purposes_.step, step, shape);
}

at::Tensor OpNoise::draw(Purpose purpose, int64_t step, at::IntArrayRef shape) const {
  if (shape.size() != 4 || shape[0] != pictures_.size(0) || shape[3] != 1) {
    throw InputError(fmt::format("noise of {} pictures: expected the shape [{},C,l,1]",
                                 pictures_.size(0), pictures_.size(0)));
  }
  return initial_noise(pictures_, {.channels = shape[1], .tokens = shape[2]}, seed_, purpose, step)
      .view(shape);
}

}  // namespace gpst
