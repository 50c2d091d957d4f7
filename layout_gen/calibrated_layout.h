#pragma once

#include "layout_gen/calibration.h"
#include "tokenizer/layout.h"

namespace gpst {

// Calibrates every row of a generated batch and gives the initial Gaussians of the partitions
// found, float32 [B,l,5]. Only the means of `generated` are used.
Layout calibrate(const Layout& generated, const CalibrationOptions& options,
                 SigmaInit init = SigmaInit::code);

}  // namespace gpst
