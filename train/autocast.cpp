#include "train/autocast.h"

#include <ATen/autocast_mode.h>

namespace gpst {

Autocast::Autocast(bool bfloat16, c10::DeviceType device) : active_(bfloat16), device_(device) {
  if (!active_) return;
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!active_) return;
  // Weights are converted once and kept until the outermost region ends: the next step's are new.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, false);
}

}  // namespace gpst
