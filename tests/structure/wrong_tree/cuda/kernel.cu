#include "ops/plain.h"
#include "ops/tensor.h"
