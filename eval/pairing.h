// Which picture of one set belongs to which of another: reconstructions to their originals.
#pragma once

#include <string>
#include <vector>

#include "eval/picture_set.h"

namespace gpst {

struct UnmatchedPicture {
  std::string location;
  std::string reason;
};

// Picture i of `a` belongs to picture i of `b`.
struct MatchedSets {
  PictureSet a, b;
  std::vector<UnmatchedPicture> unmatched;  // of either set
};

// By name (the path inside the input without its extension), in the order of `a`; when no name is
// in both sets, by the name without the folder that all of a set begin with. By number where a set
// comes from npz archives, and for two single pictures. InputError: archives that differ in
// length, a name that a set has twice, nothing in common (with a name of each).
MatchedSets match_pictures(const PictureSet& a, const PictureSet& b);

}  // namespace gpst
