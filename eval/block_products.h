// Matrix products that leave out what is known beforehand, in square blocks: the result does not
// depend on the number of threads. Internal to eval. All matrices f64.
#pragma once

#include <ATen/core/Tensor.h>

namespace gpst {

// x^T y [r,r], x and y [d,r], where it is known to be symmetric: on and above the diagonal. Below
// it the result is not defined.
at::Tensor upper_product(const at::Tensor& x, const at::Tensor& y, int threads = 1);

// sums [r,r] += scale x^T x, on and above the diagonal; x [d,r].
void add_upper_product(const at::Tensor& sums, const at::Tensor& x, double scale = 1);

enum class Shape { full, lower };

// x^T y [r,q] for x [d,r] and y [d,q], full or lower trapezoidal as said, without the products with
// zeros: half of the work where one is lower, a third where both are.
at::Tensor block_product(const at::Tensor& x, Shape shape_of_x, const at::Tensor& y,
                         Shape shape_of_y, int threads = 1);

}  // namespace gpst
