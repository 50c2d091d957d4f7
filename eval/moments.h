// Mean and covariance of features, the statistics that the Fréchet distance compares.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace gpst {

// Of `count` rows x_i of `d` features:
//   mean = 1/n sum x_i,   covariance = 1/(n-1) sum (x_i - mean)(x_i - mean)^T.
struct Moments {
  int64_t count = 0;      // 0: not known (read from a statistics file)
  at::Tensor mean;        // [d] f64
  at::Tensor covariance;  // [d,d] f64, symmetric
};

// Sums up rows as they come, in double and about a centre near the mean, so that nothing cancels.
// The result depends on the sequence of rows only: not on the pieces it comes in, not on threads.
class MomentAccumulator {
 public:
  explicit MomentAccumulator(int64_t features);

  // rows [n,d], f32 or f64 (half types are converted), any strides, on the CPU. InputError for
  // another number of features and for values that are not finite.
  void add(const at::Tensor& rows);

  int64_t count() const { return sums_.count + buffered_; }
  // InputError with fewer than two rows: they have no covariance.
  Moments result() const;

 private:
  struct Sums {
    int64_t count = 0;
    at::Tensor centre;    // [d] f64, the mean of the first buffer
    at::Tensor sum;       // [d] f64, of x - centre
    at::Tensor products;  // [d,d] f64, of (x - centre)(x - centre)^T, valid above the diagonal

    void add(const at::Tensor& rows);  // [n,d] f64
  };

  Sums sums_;
  at::Tensor buffer_;     // [kRows,d] f64, filled from the top: the unit the sums take
  int64_t buffered_ = 0;  // rows in it
};

// All rows at once: rows [n,d].
Moments moments_of(const at::Tensor& rows);

// InputError unless mean [d] and covariance [d,d] fit together, hold finite numbers, the covariance
// is symmetric to rounding and its diagonal is not negative. `where` names the moments in messages:
// a file, an input.
void check_moments(const Moments& moments, std::string_view where);

}  // namespace gpst
