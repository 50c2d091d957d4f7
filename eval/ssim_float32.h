#pragma once

#include "image/picture8.h"

namespace gpst {

// Mean SSIM with the window of mean_ssim_gaussian (ssim_windows.h) on u8/255, with the roundings of
// the torchmetrics package: float32 throughout, the window's 121 products summed row by row with
// one rounding each. Where a picture is flat, variances are differences of nearly equal numbers, so
// these roundings show. The pictures have the same size, at least that of the window, and
// `range` > 0. Used inside eval/ only; see pixel_metrics.h.
double mean_ssim_float32(const Picture8& a, const Picture8& b, float range);

}  // namespace gpst
