#include "cli/compute_place.h"

#include "base/error.h"
#include "ops/accelerator.h"

namespace gpst {

std::string ComputePlace::device_kind() const { return at::DeviceTypeName(device.type(), true); }

std::string ComputePlace::type_name() const { return type == at::kBFloat16 ? "bf16" : "fp32"; }

std::string ComputePlace::device_name() const { return Accelerator::of(device)->name(); }

ComputePlace compute_place(const CommandContext& context) {
  const bool bfloat16 = context.common.dtype == "bf16";
  if (bfloat16 && context.device.is_cpu()) {
    throw DeviceError(
        "--dtype bf16: networks compute in fp32 on the CPU; leave --dtype out, or use --device "
        "cuda");
  }
  return {.device = context.device, .type = bfloat16 ? at::kBFloat16 : at::kFloat};
}

}  // namespace gpst
