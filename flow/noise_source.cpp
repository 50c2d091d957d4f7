#include "flow/noise_source.h"

#include <c10/util/StringUtil.h>
#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace gpst {
namespace {

void check_shape(at::IntArrayRef asked, at::IntArrayRef recorded, std::string_view what) {
  if (asked == recorded) return;
  throw InputError(fmt::format("recorded noise: the {} is {}, but {} was asked for", what,
                               c10::str(recorded), c10::str(asked)));
}

}  // namespace

PhiloxNoise::PhiloxNoise(uint64_t seed, std::vector<int64_t> pictures, NoisePurposes purposes)
    : seed_(seed), pictures_(std::move(pictures)), purposes_(purposes) {}

at::Tensor PhiloxNoise::initial(at::IntArrayRef shape) { return draw(purposes_.initial, 0, shape); }

at::Tensor PhiloxNoise::step(int64_t step, at::IntArrayRef shape) {
  return draw(purposes_.step, step, shape);
}

at::Tensor PhiloxNoise::draw(Purpose purpose, int64_t step, at::IntArrayRef shape) const {
  const auto rows = static_cast<int64_t>(pictures_.size());
  if (shape.empty() || shape[0] != rows) {
    throw InputError(
        fmt::format("noise of {} pictures cannot fill rows of {}", rows, c10::str(shape)));
  }
  at::Tensor noise = at::empty(shape, at::kFloat);
  const int64_t elements = rows > 0 ? noise.numel() / rows : 0;
  for (int64_t row = 0; row < rows; ++row) {
    PhiloxStream stream(seed_, static_cast<uint64_t>(pictures_[static_cast<size_t>(row)]), purpose,
                        static_cast<uint64_t>(step));
    stream.fill_normal({noise.data_ptr<float>() + row * elements, static_cast<size_t>(elements)});
  }
  return noise;
}

RecordedNoise::RecordedNoise(at::Tensor initial, at::Tensor steps)
    : initial_(std::move(initial)), steps_(std::move(steps)) {}

at::Tensor RecordedNoise::initial(at::IntArrayRef shape) {
  check_shape(shape, initial_.sizes(), "start");
  return initial_;
}

at::Tensor RecordedNoise::step(int64_t step, at::IntArrayRef shape) {
  if (!steps_.defined() || step < 0 || step >= steps_.size(0)) {
    throw InputError(fmt::format("recorded noise: there is none for step {}", step));
  }
  check_shape(shape, steps_[step].sizes(), "noise of a step");
  ++draws_;
  return steps_[step];
}

}  // namespace gpst
