#include "ops/cpu/roi_plan.h"

#include <algorithm>
#include <cmath>

namespace gpst::cpu {
namespace {

// A bilinear sample: two neighbouring pixels, the second may have weight 0.
struct Sample {
  int64_t pixel;
  double weight, next_weight;
};

// False for a sample that counts as 0.
template <class Coordinate>
bool sample_at(Coordinate position, int64_t n, Sample& sample) {
  if (position < -1 || position > static_cast<Coordinate>(n)) return false;
  position = std::max(position, Coordinate(0));
  const int64_t pixel = static_cast<int64_t>(position);
  if (pixel >= n - 1) {
    sample = {n - 1, 1, 0};
  } else {
    const Coordinate fraction = position - static_cast<Coordinate>(pixel);
    sample = {pixel, static_cast<double>(1 - fraction), static_cast<double>(fraction)};
  }
  return true;
}

// The samples of one cell, gathered per pixel; `sums` is scratch.
template <class T>
void append_cell(const std::vector<Sample>& samples, int64_t samples_with_outside,
                 std::vector<double>& sums, RoiAxisPlan<T>& plan) {
  plan.offset.push_back(static_cast<int64_t>(plan.weights.size()));
  if (samples.empty()) {
    plan.first.push_back(0);
    plan.count.push_back(0);
    return;
  }
  // Positions rise, so the first and last sample bound the pixels.
  const int64_t first = samples.front().pixel;
  const int64_t last = samples.back().pixel + (samples.back().next_weight > 0 ? 1 : 0);
  sums.assign(static_cast<size_t>(last - first + 1), 0.0);
  for (const Sample& sample : samples) {
    const size_t at = static_cast<size_t>(sample.pixel - first);
    sums[at] += sample.weight;
    if (sample.next_weight > 0) sums[at + 1] += sample.next_weight;
  }
  for (const double sum : sums) {
    plan.weights.push_back(static_cast<T>(sum / static_cast<double>(samples_with_outside)));
  }
  plan.first.push_back(first);
  plan.count.push_back(last - first + 1);
  plan.begin = plan.end == 0 ? first : std::min(plan.begin, first);
  plan.end = std::max(plan.end, last + 1);
}

}  // namespace

// The half pixel is taken off both ends, as the published operator does before it subtracts them.
template <class Coordinate>
int64_t roi_samples(Coordinate low, Coordinate high, int64_t bins) {
  const Coordinate half = Coordinate(0.5);
  const Coordinate size = (high - half) - (low - half);
  return static_cast<int64_t>(std::ceil(size / static_cast<Coordinate>(bins)));
}

template <class T, class Coordinate>
RoiAxisPlan<T> plan_roi_axis(Coordinate low, Coordinate high, int64_t n, int64_t bins) {
  const Coordinate start = low - Coordinate(0.5);
  const Coordinate cell = ((high - Coordinate(0.5)) - start) / static_cast<Coordinate>(bins);
  const int64_t per_cell = roi_samples(low, high, bins);
  RoiAxisPlan<T> plan;
  for (auto* list : {&plan.first, &plan.count, &plan.offset}) list->reserve(bins);
  plan.weights.reserve(bins * (std::clamp<int64_t>(per_cell, 0, n) + 2));
  std::vector<Sample> samples;
  std::vector<double> sums;
  for (int64_t bin = 0; bin < bins; ++bin) {
    samples.clear();
    for (int64_t k = 0; k < per_cell; ++k) {
      const Coordinate position =
          start + static_cast<Coordinate>(bin) * cell +
          (static_cast<Coordinate>(k) + Coordinate(0.5)) * cell / static_cast<Coordinate>(per_cell);
      Sample sample;
      if (sample_at(position, n, sample)) samples.push_back(sample);
    }
    append_cell(samples, per_cell, sums, plan);
  }
  return plan;
}

template int64_t roi_samples(float, float, int64_t);
template int64_t roi_samples(double, double, int64_t);
template RoiAxisPlan<float> plan_roi_axis(float, float, int64_t, int64_t);
template RoiAxisPlan<float> plan_roi_axis(double, double, int64_t, int64_t);
template RoiAxisPlan<double> plan_roi_axis(float, float, int64_t, int64_t);
template RoiAxisPlan<double> plan_roi_axis(double, double, int64_t, int64_t);

}  // namespace gpst::cpu
