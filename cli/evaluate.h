#pragma once

#include "cli/command.h"
#include "cli/evaluate_request.h"

namespace gpst {

// `gpstoken evaluate SAMPLES... REFERENCE`: FID, sFID, IS, precision and recall, KID.
CommandResult evaluate_sets(const CommandContext& context, const EvaluateOptions& options,
                            const EvaluateInputs& inputs);

// `gpstoken evaluate stats DATA... -o FILE.npz`: statistics for later references.
CommandResult evaluate_statistics(const CommandContext& context, const EvaluateOptions& options,
                                  const EvaluateInputs& inputs);

// `gpstoken evaluate --paired RECON ORIGINAL`: PSNR, SSIM, LPIPS, rFID and rsFID.
CommandResult evaluate_pairs(const CommandContext& context, const EvaluateOptions& options,
                             const EvaluateInputs& inputs);

}  // namespace gpst
