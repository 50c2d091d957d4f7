#pragma once

#include <cstddef>
#include <span>

#include "image/codec.h"
#include "image/picture8.h"

namespace gpst {

// The EXIF orientation, 1 to 8; 1 (upright) when there is none or it makes no sense. Looks at APP1
// of JPEG, eXIf of PNG and EXIF of WebP; never reads outside the bytes.
int exif_orientation(Format format, std::span<const std::byte> bytes);

// The picture as a viewer shows it: 2 mirrored, 3 turned by 180 degrees, 4 upside down, 5
// transposed, 6 turned right, 7 transposed over the other diagonal, 8 turned left.
Picture8 oriented(const Picture8& picture, int orientation);

}  // namespace gpst
