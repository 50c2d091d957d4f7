// Gradients of all processes added up, in buckets that travel while the backward pass computes the
// next ones.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "train/process_group.h"

namespace gpst {

class GradientSum {
 public:
  static constexpr int64_t kBucketBytes = int64_t{25} << 20;

  // Every process names the same parameters in the same order. The last ones come first: backward
  // passes begin with them.
  GradientSum(ProcessGroup& group, const std::vector<at::Tensor>& parameters,
              int64_t bucket_bytes = kBucketBytes);
  ~GradientSum();
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;

  // The backward pass that comes makes the gradients complete: a bucket leaves when all of its own
  // are there. Without this call everything leaves in finish().
  void expect();

  // Sends what has not left, waits, and leaves the sums as the parameters' gradients. Parameters
  // without a gradient count as zeros and stay without. Must be called on every process, whatever
  // happened to its backward pass. IoError as ProcessGroup.
  void finish();

  int64_t buckets() const { return static_cast<int64_t>(buckets_.size()); }

 private:
  struct Bucket {
    std::vector<size_t> parameters;
    size_t missing = 0;  // gradients that are not there yet
    at::Tensor flat = {};
    std::unique_ptr<ProcessGroup::Pending> sum = {};
  };
  class Hook;

  void arrived(size_t parameter);
  void send(Bucket& bucket);
  void receive(Bucket& bucket);

  ProcessGroup& group_;
  std::vector<at::Tensor> parameters_;
  std::vector<size_t> bucket_of_;
  std::vector<Bucket> buckets_;
  bool expecting_ = false;
  size_t next_ = 0;  // the bucket to leave next: all processes send them in this order
};

}  // namespace gpst
