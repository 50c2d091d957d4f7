#include "flow/sit_field.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/error.h"

namespace gpst {
namespace {

std::vector<float> times_or_zero(const std::vector<float>& times) {
  return times.empty() ? std::vector<float>{0} : times;
}

}  // namespace

SitField::SitField(FrozenSit net, const at::Tensor& y, const at::Tensor& condition,
                   const SitFieldOptions& options)
    : net_(std::move(net)),
      is_scheduled_(!options.times.empty()),
      schedule_(net_.schedule(times_or_zero(options.times))),
      batch_(net_.make_batch(
          {.pictures = y.size(0), .tokens = options.tokens, .table_bytes = options.table_bytes},
          schedule_)) {
  net_.fill(batch_, y, condition);
}

int64_t SitField::prepare(float t) {
  if (!is_scheduled_) {
    schedule_ = net_.schedule({&t, 1});
    net_.load_steps(batch_, schedule_, 0);
    return 0;
  }
  const int64_t index = next_++;
  if (index >= std::ssize(schedule_.times) || schedule_.times[static_cast<size_t>(index)] != t) {
    throw InputError(fmt::format("SiT: time {} is not number {} of the schedule", t, index));
  }
  if (index % batch_.steps() == 0) net_.load_steps(batch_, schedule_, index);
  return index;
}

at::Tensor SitField::evaluate(const at::Tensor& x, float t) {
  const int64_t pictures = batch_.pictures();
  const bool both = x.size(0) == 2 * pictures;
  const at::Tensor index =
      at::full({1}, prepare(t), at::TensorOptions(net_.device()).dtype(at::kInt));
  return net_
      .step(both ? x.narrow(0, 0, pictures) : x, index, batch_,
            both ? SitRows::both : SitRows::with_class)
      .contiguous()
      .unsqueeze(-1);
}

}  // namespace gpst
