// What a referee finds of samples beside real pictures.
#pragma once

#include "bench/referee/classifier.h"

namespace gpst::bench {

struct Judgement {
  double top1 = 0, top5 = 0;  // shares of the pictures whose class is recognised
  double frechet = 0;         // in the referee's features, from the reference
  double diversity = 0;       // mean distance of two features of one class
  // Distance in values of [0,255] (root mean square) to the nearest reference picture, mirrored
  // ones included: the least of all, and the median.
  double nearest_least = 0, nearest_median = 0;
};

// `reference` are the pictures that distances are taken to, `reference_features` [M,256] theirs.
Judgement judge(const LabelledPictures& pictures, const Classifier& referee,
                const LabelledPictures& reference, const at::Tensor& reference_features);

}  // namespace gpst::bench
