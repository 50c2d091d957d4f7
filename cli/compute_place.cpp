#include "cli/compute_place.h"

#include "base/log.h"
#include "base/system.h"
#include "ops/accelerator.h"

namespace gpst {

std::string ComputePlace::device_kind() const { return at::DeviceTypeName(device.type(), true); }

std::string ComputePlace::type_name() const { return type == at::kBFloat16 ? "bf16" : "fp32"; }

std::string ComputePlace::device_name() const { return Accelerator::of(device)->name(); }

ComputePlace reference_place(const CommandContext& context) {
  const std::string& asked = context.common.dtype;
  return {.device = context.device,
          .type = asked == "bf16" ? at::kBFloat16 : at::kFloat,
          .asked_type = asked};
}

ComputePlace compute_place(const CommandContext& context) {
  ComputePlace place = reference_place(context);
  if (!place.device.is_cpu()) return place;
  if (place.asked_type == "auto" && cpu_has_bf16()) {
    place.type = at::kBFloat16;
    context.log.info(
        "networks compute in bf16, which this CPU multiplies in; --dtype fp32 is the reference");
  } else if (place.type == at::kBFloat16 && !cpu_has_bf16()) {
    context.log.info(
        "--dtype bf16: this CPU has no products in it, so rounded numbers are multiplied in fp32: "
        "the accuracy of bf16 at the speed of fp32");
  }
  return place;
}

}  // namespace gpst
