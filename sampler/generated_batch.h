// The layout generator for batches: the net on the device, the calibration on the host.
#pragma once

#include <memory>

#include "layout_gen/calibration.h"
#include "layout_gen/layout_model.h"
#include "sampler/batch_layouts.h"
#include "sampler/batch_place.h"
#include "tokenizer/initial_gaussians.h"

namespace gpst {

struct GeneratedBatchOptions {
  CalibrationOptions calibration;
  SigmaInit init = SigmaInit::code;
  uint64_t seed = 0;
};

// The layouts of GeneratedLayouts, to float tolerance before calibration. In float32 whatever the
// type of `place`: the net is small, and a mean that moves to another node of the calibration's
// grid is another picture.
std::unique_ptr<BatchLayouts> generated_batch(const LayoutModel& model,
                                              const GeneratedBatchOptions& options,
                                              const BatchPlace& place);

}  // namespace gpst
