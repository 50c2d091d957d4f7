#include "tests/support/emulated_ops.h"

#include <c10/util/Exception.h>

#include "ops/cuda/kernels.h"

namespace gpst {
namespace {

// LibTorch warns of kernels that replace others, which is the purpose here.
class Silence : public c10::WarningHandler {
  void process(const c10::Warning& /*warning*/) override {}
};

}  // namespace

EmulatedOps::EmulatedOps() : EmulatedOps(add_cuda_kernels) {}

EmulatedOps::EmulatedOps(const std::function<void(torch::Library&)>& add)
    : library_(torch::Library::IMPL, "gpst_ops", c10::DispatchKey::CPU, __FILE__, __LINE__) {
  Silence silence;
  const c10::WarningUtils::WarningHandlerGuard guard(&silence);
  add(library_);
}

}  // namespace gpst
