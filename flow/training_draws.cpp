#include "flow/training_draws.h"

#include <array>
#include <cmath>

namespace gpst {
namespace {

constexpr std::array<EnumName<TimeDistribution>, 2> kDistributions{
    {{TimeDistribution::uniform, "uniform"}, {TimeDistribution::logit_normal, "logit-normal"}}};

}  // namespace

void TimeOptions::visit(FieldVisitor& v) {
  enum_field(v, {.name = "distribution", .help = "of the training times t"}, distribution,
             kDistributions);
  v.field({.name = "scale", .help = "s of t = sigmoid(s normal)", .min = 0, .max = 100}, scale);
}

TimeInterval training_interval(const TransportOptions& transport) {
  if (transport.path_type == PathType::vp) return {0, 1 - transport.train_eps.value_or(1e-5)};
  if (transport.prediction == Prediction::velocity) return {0, 1};
  const double eps = transport.train_eps.value_or(1e-3);
  return {eps, 1 - eps};
}

float draw_time(PhiloxStream& stream, const TimeOptions& options, TimeInterval interval) {
  const double u = options.distribution == TimeDistribution::uniform
                       ? stream.next_uniform()
                       : 1 / (1 + std::exp(-options.scale * stream.next_normal()));
  return static_cast<float>(interval.t0 + u * (interval.t1 - interval.t0));
}

bool draw_label_drop(PhiloxStream& stream, double probability) {
  return stream.next_uniform() < probability;
}

}  // namespace gpst
