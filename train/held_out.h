// Which pictures of a source are for training and which are kept aside.
#pragma once

#include <cstdint>
#include <vector>

namespace gpst {

class PictureSource;

struct HeldOutSplit {
  std::vector<int64_t> train;     // positions in the source, ascending
  std::vector<int64_t> held_out;  // ascending
};

// Keeps `count` pictures aside, as evenly over the classes (label_part) as can be. Which ones
// depends on their names only: adding pictures of one class does not move those of another.
// InputError when fewer than `count` + 1 pictures are there.
HeldOutSplit split_held_out(const PictureSource& source, int64_t count);

}  // namespace gpst
