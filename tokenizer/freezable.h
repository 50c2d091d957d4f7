// Layers that prepare their weights for inference.
#pragma once

#include <c10/core/ScalarType.h>

namespace gpst {

// freeze(type) is called once, outer layers before the layers in them, when the weights (float32)
// will not change any more: a layer brings them to `type` and the form of its products, computes
// what depends on nothing else, and drops what it got, so that a model is in memory once. From then
// on it works without gradients, in `type` where that is its own business: see the classes.
class Freezable {
 public:
  virtual ~Freezable() = default;
  virtual void freeze(at::ScalarType type) = 0;
};

}  // namespace gpst
