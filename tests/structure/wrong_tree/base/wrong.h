#include <ATen/core/Tensor.h>

#include "io/fine.h"
