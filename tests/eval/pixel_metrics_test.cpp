#include "eval/pixel_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_picture.h"

namespace gpst {
namespace {

Picture8 noise(int width, int height, uint32_t seed) {
  Picture8 picture(width, height);
  for (auto& byte : picture.rgb) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<uint8_t>(seed >> 24);
  }
  return picture;
}

TEST(Psnr, KnownDifference) {
  Picture8 a(5, 4), b(5, 4);
  for (auto& byte : b.rgb) byte = 10;
  EXPECT_DOUBLE_EQ(psnr(a, b).value(), 10 * std::log10(255.0 * 255.0 / 100));
  b = a;
  b.at(2, 2)[1] = 1;
  EXPECT_DOUBLE_EQ(psnr(a, b).value(), 10 * std::log10(255.0 * 255.0 * 60));
}

TEST(Psnr, IdenticalPicturesHaveNone) {
  const Picture8 picture = noise(9, 9, 1);
  EXPECT_FALSE(psnr(picture, picture).has_value());
}

TEST(Ssim, IdenticalPicturesHaveOne) {
  const Picture8 picture = noise(30, 20, 1);
  EXPECT_DOUBLE_EQ(ssim(picture, picture, SsimKind::wang), 1.0);
  EXPECT_DOUBLE_EQ(ssim(picture, picture, SsimKind::skimage), 1.0);
}

// The definition written out for every window, without separation.
double plain_ssim(const Picture8& a, const Picture8& b, int side, double sigma, double factor) {
  std::vector<double> weights;
  double norm = 0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double dx = x - side / 2, dy = y - side / 2;
      weights.push_back(sigma > 0 ? std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma)) : 1.0);
      norm += weights.back();
    }
  }
  const double c1 = 6.5025, c2 = 58.5225;
  double sum = 0;
  int64_t count = 0;
  for (int c = 0; c < 3; ++c) {
    for (int top = 0; top + side <= a.height; ++top) {
      for (int left = 0; left + side <= a.width; ++left, ++count) {
        double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
        for (int i = 0; i < side * side; ++i) {
          const double w = weights[static_cast<size_t>(i)] / norm;
          const double va = a.at(left + i % side, top + i / side)[c];
          const double vb = b.at(left + i % side, top + i / side)[c];
          ma += w * va, mb += w * vb, aa += w * va * va, bb += w * vb * vb, ab += w * va * vb;
        }
        const double var_a = factor * (aa - ma * ma), var_b = factor * (bb - mb * mb);
        sum += (2 * ma * mb + c1) * (2 * factor * (ab - ma * mb) + c2) /
               ((ma * ma + mb * mb + c1) * (var_a + var_b + c2));
      }
    }
  }
  return sum / static_cast<double>(count);
}

TEST(Ssim, EqualsTheDefinition) {
  const Picture8 a = noise(24, 17, 3);
  Picture8 b = a;
  for (size_t i = 0; i < b.rgb.size(); i += 5) b.rgb[i] = static_cast<uint8_t>(b.rgb[i] / 2);
  EXPECT_NEAR(ssim(a, b, SsimKind::wang), plain_ssim(a, b, 11, 1.5, 1), 1e-12);
  EXPECT_NEAR(ssim(a, b, SsimKind::skimage), plain_ssim(a, b, 7, 0, 49.0 / 48), 1e-12);
}

// Where nothing is flat the roundings of float32 do not show.
TEST(Ssim, TorchmetricsIsWangInFloat32) {
  const Picture8 a = noise(53, 31, 3);
  Picture8 b = a;
  for (size_t i = 0; i < b.rgb.size(); i += 5) b.rgb[i] = static_cast<uint8_t>(b.rgb[i] / 2);
  EXPECT_NEAR(ssim(a, b, SsimKind::torchmetrics), ssim(a, b, SsimKind::wang), 1e-6);
  EXPECT_NEAR(ssim(a, a, SsimKind::torchmetrics), 1, 1e-6);
}

// What torchmetrics' formulas in PyTorch 2.11 give for bright pictures that are nearly flat, where
// the roundings of float32 are larger than the tolerance a hundred times over.
TEST(Ssim, TorchmetricsOfFlatPictures) {
  Picture8 a(40, 24), b(40, 24);
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 40; ++x) {
      for (int c = 0; c < 3; ++c) {
        a.at(x, y)[c] = static_cast<uint8_t>(220 + (x + 2 * y + 3 * c) % 7);
        b.at(x, y)[c] = static_cast<uint8_t>(220 + (2 * x + y + c) % 5);
      }
    }
  }
  EXPECT_NEAR(ssim(a, b, SsimKind::torchmetrics), 0.9067574739456177, 1e-6);
  EXPECT_NEAR(ssim(a, b, SsimKind::wang), 0.9066136138640496, 1e-12);
  EXPECT_NEAR(ssim(a, b, SsimKind::torchmetrics_auto), -0.003717685816809535, 2e-6);
}

// Half the contrast: a range of 1/2 in place of 1 gives what the range of 1 gives of pictures twice
// as bright.
TEST(Ssim, AutomaticRange) {
  Picture8 a = noise(40, 20, 3), b = noise(40, 20, 4);
  for (auto& byte : a.rgb) byte /= 2;
  for (auto& byte : b.rgb) byte /= 2;
  a.rgb[0] = b.rgb[0] = 0;
  a.rgb[1] = b.rgb[1] = 127;
  Picture8 a2 = a, b2 = b;
  for (auto& byte : a2.rgb) byte *= 2;
  for (auto& byte : b2.rgb) byte *= 2;
  EXPECT_NEAR(ssim(a, b, SsimKind::torchmetrics_auto), ssim(a2, b2, SsimKind::torchmetrics_auto),
              1e-6);
  EXPECT_GT(std::abs(ssim(a, b, SsimKind::torchmetrics) - ssim(a, b, SsimKind::torchmetrics_auto)),
            1e-5);
}

TEST(Ssim, AutomaticRangeNeedsContrast) {
  const Picture8 black(20, 20);
  EXPECT_THAT(message_of<InputError>([&] { ssim(black, black, SsimKind::torchmetrics_auto); }),
              ::testing::HasSubstr("one grey"));
  EXPECT_NEAR(ssim(black, black, SsimKind::torchmetrics), 1, 1e-6);
}

TEST(Ssim, NamesOfTheKinds) {
  for (const auto& [kind, name] : kSsimKinds) {
    EXPECT_EQ(name_of(kind), name);
    EXPECT_EQ(parse_ssim_kind(name), kind);
  }
  EXPECT_THAT(message_of<ConfigError>([] { parse_ssim_kind("gauss"); }),
              ::testing::HasSubstr("wang, skimage, torchmetrics"));
}

TEST(Ssim, SmallestSizeIsTheWindow) {
  EXPECT_NO_THROW(ssim(noise(11, 11, 1), noise(11, 11, 2), SsimKind::wang));
  EXPECT_THROW(ssim(noise(10, 30, 1), noise(10, 30, 2), SsimKind::wang), InputError);
  EXPECT_NO_THROW(ssim(noise(7, 7, 1), noise(7, 7, 2), SsimKind::skimage));
  EXPECT_THROW(ssim(noise(7, 6, 1), noise(7, 6, 2), SsimKind::skimage), InputError);
}

TEST(PixelMetrics, DifferentSizesAreRefused) {
  EXPECT_THROW(psnr(noise(4, 5, 1), noise(5, 4, 1)), InputError);
  EXPECT_THROW(ssim(noise(24, 25, 1), noise(25, 24, 1)), InputError);
  EXPECT_THROW(psnr(Picture8(), Picture8()), InputError);
}

TEST(PixelMetricsGolden, Pairs) {
  const SafetensorsFile pictures = open_golden("metrics/pairs.safetensors");
  const nlohmann::json metrics = golden_json("metrics/metrics.json");
  ASSERT_FALSE(metrics.at("pairs").empty());
  for (const auto& pair : metrics.at("pairs")) {
    const std::string name = pair.at("name");
    const Picture8 a = golden_picture(pictures, name + ".a");
    const Picture8 b = golden_picture(pictures, name + ".b");
    EXPECT_NEAR(psnr(a, b).value(), pair.at("psnr").get<double>(), 1e-9) << name;
    EXPECT_NEAR(ssim(a, b, SsimKind::wang), pair.at("ssim_wang_gaussian").get<double>(), 1e-9)
        << name;
    EXPECT_NEAR(ssim(a, b, SsimKind::skimage), pair.at("ssim_skimage_default").get<double>(), 1e-9)
        << name;
    EXPECT_NEAR(ssim(a, b, SsimKind::torchmetrics),
                pair.at("ssim_torchmetrics_range1").get<double>(), 1e-5)
        << name;
    EXPECT_NEAR(ssim(a, b, SsimKind::torchmetrics_auto),
                pair.at("ssim_torchmetrics_auto_range").get<double>(), 2e-5)
        << name;
  }
}

}  // namespace
}  // namespace gpst
