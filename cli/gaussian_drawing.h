#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/draw.h"
#include "image/picture8.h"
#include "tokenizer/partition.h"

namespace gpst {

// One-sigma ellipses of Gaussians, in pixels of a picture of n x n tiles of side S: a centre x of
// tile column j is at j*S + (x+1)/2*(S-1), a sigma is sigma*(S-1)/2 long (numerics, symbols).
std::vector<Ellipse> ellipses_of(const at::Tensor& gaussians /*[n*n,l,>=5]*/, int64_t tile_side);

// Outlines of the regions, in pixels, between the pixels they separate.
std::vector<Rectangle> outlines_of(std::span<const Partition> tiles, int64_t tile_side);

// `base` with the ellipses over it; lines grow with the picture.
Picture8 draw_ellipses(Picture8 base, std::span<const Ellipse> ellipses, Colour colour);
Picture8 draw_outlines(Picture8 base, std::span<const Rectangle> outlines, Colour colour);

// What stands over the picture in an SVG; each layer a group that an editor can switch off.
struct SvgLayer {
  std::string id;
  Colour colour;
  std::vector<Ellipse> ellipses = {};
  std::vector<Rectangle> outlines = {};
};

// An SVG of the picture (embedded as PNG) and the layers.
std::string svg_of(const Picture8& base, std::span<const SvgLayer> layers);

}  // namespace gpst
