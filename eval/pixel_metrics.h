#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/field_visitor.h"
#include "image/picture8.h"

namespace gpst {

// Both compare 8-bit RGB pictures of equal size; InputError otherwise.

// 10 log10(255^2 / MSE) over all pixels and channels. No value when the pictures are identical.
std::optional<double> psnr(const Picture8& a, const Picture8& b);

// wang:              11x11 Gaussian window, sigma 1.5, population covariance; in double.
// skimage:           7x7 uniform window, sample covariance (N/(N-1)); in double.
// torchmetrics:      the window of wang on u8/255 with a range of 1, rounded as that package rounds
//                    in float32, which moves the fifth digit of dark or flat pictures.
// torchmetrics_auto: the same with the package's default range, the larger of the two pictures'
//                    largest minus smallest value; a pair is taken as one batch.
enum class SsimKind { wang, skimage, torchmetrics, torchmetrics_auto };

inline constexpr std::array<EnumName<SsimKind>, 4> kSsimKinds{
    {{SsimKind::wang, "wang"},
     {SsimKind::skimage, "skimage"},
     {SsimKind::torchmetrics, "torchmetrics"},
     {SsimKind::torchmetrics_auto, "torchmetrics-auto"}}};

std::string name_of(SsimKind kind);

// ConfigError for an unknown name; the message lists the known ones.
SsimKind parse_ssim_kind(std::string_view name);

// The side of the window: pictures below it in either direction have no SSIM.
int ssim_window(SsimKind kind);

// Mean over windows that lie wholly inside, then over channels, of
//   (2 ma mb + C1)(2 cov + C2) / ((ma^2 + mb^2 + C1)(va + vb + C2)),
// C1 = (0.01 * range)^2, C2 = (0.03 * range)^2, range 255 but for torchmetrics (Wang et al. 2004).
// Pictures smaller than the window: InputError.
double ssim(const Picture8& a, const Picture8& b, SsimKind kind = SsimKind::wang);

}  // namespace gpst
