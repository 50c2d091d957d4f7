// The random choices of a training step: times and dropped labels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/philox.h"
#include "flow/options.h"

namespace gpst {

// How t is drawn: uniform, or sigmoid(scale n) with n normal, which favours the middle.
enum class TimeDistribution { uniform, logit_normal };

struct TimeOptions {
  TimeDistribution distribution = TimeDistribution::uniform;
  double scale = 1;  // of logit-normal
  void visit(FieldVisitor& v);
};

struct TimeInterval {
  double t0 = 0, t1 = 1;
};

// The times a net is trained on. Velocity nets on the linear and GVP paths: [0, 1]; noise and score
// nets on them: [eps, 1 - eps], eps = train_eps, 1e-3 when absent; VP: [0, 1 - eps], 1e-5.
TimeInterval training_interval(const TransportOptions& transport);

// One time from the next number of the stream (Purpose::time).
float draw_time(PhiloxStream& stream, const TimeOptions& options, TimeInterval interval);

// Whether a sample's label is dropped: the next number of the stream (Purpose::label_drop) is below
// `probability`.
bool draw_label_drop(PhiloxStream& stream, double probability);

}  // namespace gpst
