#include "image/draw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "tests/image/sample_pictures.h"

namespace gpst {
namespace {

constexpr Stroke kWhite = {.colour = {255, 255, 255}, .thickness = 1, .opacity = 1};

int red(const Picture8& picture, int x, int y) { return picture.at(x, y)[0]; }

int64_t total(const Picture8& picture) {
  int64_t sum = 0;
  for (const uint8_t byte : picture.rgb) sum += byte;
  return sum;
}

TEST(DrawLine, OnPixelCentresIsCrisp) {
  Picture8 picture(11, 7);
  draw_line(picture, {2, 3}, {8, 3}, kWhite);
  for (int x = 2; x <= 8; ++x) EXPECT_EQ(red(picture, x, 3), 255);
  EXPECT_EQ(red(picture, 5, 2), 0);
  EXPECT_EQ(red(picture, 5, 4), 0);
  EXPECT_EQ(red(picture, 0, 3), 0);
  EXPECT_EQ(red(picture, 10, 3), 0);
}

TEST(DrawLine, BetweenPixelsIsShared) {
  Picture8 picture(9, 9);
  draw_line(picture, {0, 4.5}, {8, 4.5}, kWhite);
  EXPECT_NEAR(red(picture, 4, 4), 128, 1);
  EXPECT_NEAR(red(picture, 4, 5), 128, 1);
}

TEST(DrawLine, ThinAndTranslucentAreFainter) {
  Picture8 picture(5, 9);
  draw_line(picture, {0, 2}, {4, 2}, {.colour = {200, 0, 0}, .thickness = 0.5, .opacity = 1});
  draw_line(picture, {0, 6}, {4, 6}, {.colour = {200, 0, 0}, .thickness = 1, .opacity = 0.25});
  EXPECT_EQ(red(picture, 2, 2), 100);
  EXPECT_EQ(red(picture, 2, 6), 50);
  EXPECT_EQ(picture.at(2, 2)[1], 0);
}

// The outline of a turned ellipse covers about circumference x thickness, and its points are
// covered while the centre is not.
TEST(DrawEllipse, FollowsTheCovariance) {
  Picture8 picture(101, 101);
  const double rho = 0.6, sx = 15, sy = 10;
  const Ellipse ellipse = {{50, 50}, {sx * sx, rho * sx * sy, sy * sy}, 2};
  draw_ellipse(picture, ellipse, kWhite);
  double circumference = 0;
  const auto point = [&](double angle) {  // by the Cholesky factor of the covariance
    return PixelPoint{
        50 + 2 * sx * std::cos(angle),
        50 + 2 * sy * (rho * std::cos(angle) + std::sqrt(1 - rho * rho) * std::sin(angle))};
  };
  constexpr int kParts = 720;
  for (int i = 0; i < kParts; ++i) {
    const PixelPoint p = point(i * 2 * M_PI / kParts), q = point((i + 1) * 2 * M_PI / kParts);
    circumference += std::hypot(p.x - q.x, p.y - q.y);
    const int x = static_cast<int>(std::lround(p.x)), y = static_cast<int>(std::lround(p.y));
    EXPECT_GT(red(picture, x, y), 60) << x << "," << y;
  }
  EXPECT_EQ(red(picture, 50, 50), 0);
  EXPECT_EQ(red(picture, 5, 95), 0);
  EXPECT_NEAR(static_cast<double>(total(picture)) / 3 / 255, circumference, 0.05 * circumference);
}

TEST(DrawEllipse, OutsideAndDegenerateAreHarmless) {
  Picture8 picture(20, 20);
  draw_ellipse(picture, {{-500, 3000}, {4, 0, 4}, 1}, kWhite);
  draw_ellipse(picture, {{10, 10}, {4, 50, 4}, 1}, kWhite);  // no covariance at all
  draw_ellipse(picture, {{NAN, 10}, {4, 0, 4}, 1}, kWhite);
  draw_line(picture, {INFINITY, 0}, {1, 1}, kWhite);
  draw_line(picture, {1e12, -1e12}, {2e12, -1e12}, kWhite);
  EXPECT_EQ(total(picture), 0);
  draw_ellipse(picture, {{10, 10}, {0, 0, 0}, 1}, kWhite);  // a region of one pixel: a dot
  EXPECT_GT(red(picture, 10, 10), 100);
  EXPECT_EQ(red(picture, 13, 10), 0);
}

TEST(DrawRectangle, HasFourSidesAndNoInside) {
  Picture8 picture(12, 10);
  draw_rectangle(picture, {2, 1, 9, 8}, kWhite);
  for (int x = 2; x <= 9; ++x) EXPECT_EQ(red(picture, x, 1), 255);
  for (int y = 1; y <= 8; ++y) EXPECT_EQ(red(picture, 9, y), 255);
  EXPECT_EQ(red(picture, 5, 5), 0);
  EXPECT_EQ(red(picture, 2, 8), 255);
  EXPECT_EQ(red(picture, 0, 0), 0);
  draw_rectangle(picture, {-40, -40, 300, 300}, kWhite);  // wholly around it
  EXPECT_EQ(red(picture, 0, 0), 0);
}

TEST(Blend, MixesLinearly) {
  Picture8 black(2, 2), grey(2, 2);
  for (auto& byte : grey.rgb) byte = 100;
  EXPECT_EQ(red(blend(black, grey, 0.3), 1, 1), 30);
  EXPECT_EQ(blend(black, grey, 1), grey);
  EXPECT_EQ(blend(black, grey, 0), black);
  EXPECT_THROW(blend(black, Picture8(3, 2), 0.5), InputError);
}

TEST(Paste, IsCutAtEveryBorder) {
  const Picture8 source = pattern(4, 4);
  Picture8 target(6, 6);
  paste(target, source, -2, 4);
  EXPECT_EQ(target.at(1, 5)[2], source.at(3, 1)[2]);
  paste(target, source, 4, -3);
  EXPECT_EQ(target.at(5, 0)[2], source.at(1, 3)[2]);
  const Picture8 before = target;
  paste(target, source, 6, 0);
  paste(target, source, 0, -4);
  EXPECT_EQ(target, before);
}

TEST(Grid, PlacesPicturesRowByRow) {
  const std::vector<Picture8> pictures(5, pattern(4, 3));
  const Picture8 grid = make_grid(pictures, {.columns = 3, .padding = 2, .background = {9, 9, 9}});
  EXPECT_EQ(grid.width, 3 * 4 + 4 * 2);
  EXPECT_EQ(grid.height, 2 * 3 + 3 * 2);
  EXPECT_EQ(red(grid, 0, 0), 9);
  EXPECT_EQ(red(grid, 2 + 6 + 1, 2 + 5 + 2), red(pictures[4], 1, 2));
  EXPECT_EQ(red(grid, 2 + 12, 2 + 5), 9);  // the sixth cell is empty
  EXPECT_EQ(make_grid(pictures, {.padding = 0}).width, 3 * 4);
  EXPECT_THROW(make_grid({}, {}), InputError);
}

TEST(Hstack, JoinsDifferentHeights) {
  const std::vector<Picture8> pictures = {pattern(4, 3), pattern(2, 5)};
  const Picture8 row = hstack(pictures, 1);
  EXPECT_EQ(row.width, 7);
  EXPECT_EQ(row.height, 5);
  EXPECT_EQ(red(row, 6, 4), red(pictures[1], 1, 4));
  EXPECT_EQ(red(row, 0, 4), 0);
}

}  // namespace
}  // namespace gpst
