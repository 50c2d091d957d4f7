// Inception features of a set of pictures, on the CPU's cores or on a device.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "eval/inception.h"
#include "eval/inception_input.h"
#include "eval/moments.h"

namespace gpst {

class Log;
class PictureSet;

// What to keep beside the moments of the pooled features. 50,000 pictures: pool_rows 400 MB, logits
// 200 MB.
struct FeatureRequest {
  bool spatial = false;    // moments of the spatial features: sFID
  bool pool_rows = false;  // precision and recall, KID
  bool logits = false;     // inception score
};

// Of the pictures that could be read, in the order of the set.
struct SetFeatures {
  int64_t count = 0;  // N
  Moments pool;
  std::optional<Moments> spatial;
  at::Tensor pool_rows;  // [N,2048] f32, or undefined
  at::Tensor logits;     // [N,1008] f32, without bias, or undefined
};

struct FeatureOptions {
  InceptionInput input = InceptionInput::tf1_bilinear;
  int threads = 1;
  FeatureRequest request = {};
  // What the progress line calls this.
  std::string label = "features";
  bool show_progress = true;
  // A picture that cannot be read: its number in the set and why. In order, on the calling thread.
  std::function<void(int64_t index, const std::string& reason)> on_reject = {};
};

// Computed where the weights lie. On the CPU the workers each take chunks of pictures (chunks.h),
// so that numbers do not depend on `threads`; on a CUDA device the workers decode and the calling
// thread computes a chunk at a time. InputError when two pictures differ in size (both are named),
// and when fewer than two can be read.
SetFeatures extract_features(const PictureSet& pictures, const Inception& inception,
                             const FeatureOptions& options, Log& log);

}  // namespace gpst
