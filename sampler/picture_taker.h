#pragma once

#include <functional>
#include <vector>

#include "image/picture8.h"
#include "sampler/sample_plan.h"

namespace gpst {

// Called once for every picture, from several threads, in any order.
using PictureTaker = std::function<void(const SampleItem& item, Picture8 picture)>;

// Makes the pictures of the items and hands each to `take`.
using PictureMaker =
    std::function<void(const std::vector<SampleItem>& items, const PictureTaker& take)>;

}  // namespace gpst
