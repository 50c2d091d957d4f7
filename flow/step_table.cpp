#include "flow/step_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "flow/guidance.h"
#include "flow/schedule.h"
#include "flow/sde.h"

namespace gpst {
namespace {

// One update with the guided output of the net: x <- state x + output out + noise n.
struct Update {
  double state = 1, output = 0, noise = 0;
};

// x + h combination.
Update along(const Combination& c, double h) {
  return {.state = 1 + h * c.state, .output = h * c.output};
}

class TableMaker {
 public:
  TableMaker(const TransportOptions& transport, const SamplingOptions& options)
      : transport_(transport), options_(options), guidance_(Guidance::of(options)) {}

  // From out = without + scale (with - without) to the four numbers.
  void add(float t, const Update& update) {
    const bool guided = guidance_.active(t);
    const double with = guided ? update.output * guidance_.scale : update.output;
    const double without = guided ? update.output * (1 - guidance_.scale) : 0;
    times_.push_back(t);
    guided_.push_back(guided);
    rows_.push_back({static_cast<float>(update.state), static_cast<float>(with),
                     static_cast<float>(without), static_cast<float>(update.noise)});
  }

  void add_sde(const std::vector<float>& times) {
    for (size_t k = 0; k + 1 < times.size(); ++k) {
      const PathPoint p = point(times[k]);
      const double h = static_cast<double>(times[k + 1]) - times[k];
      Update update = along(drift_at(p, transport_, options_), h);
      update.noise =
          std::sqrt(2 * diffusion_at(p, options_.diffusion_form, options_.diffusion_norm) * h);
      add(times[k], update);
    }
    if (options_.last_step != LastStep::none) add(times.back(), last_update(times.back()));
  }

  void add_ode(const std::vector<float>& times) {
    for (size_t k = 0; k + 1 < times.size(); ++k) {
      const double h = static_cast<double>(times[k + 1]) - times[k];
      add(times[k], along(velocity_at(point(times[k]), transport_.prediction), h));
    }
  }

  StepTable table() const {
    at::Tensor coefficients = at::empty({static_cast<int64_t>(rows_.size()), 4}, at::kFloat);
    float* next = coefficients.mutable_data_ptr<float>();
    for (const auto& row : rows_) next = std::copy(row.begin(), row.end(), next);
    return {.coefficients = coefficients,
            .times = times_,
            .guided = guided_,
            .guided_channels = options_.cfg_channels};
  }

 private:
  PathPoint point(float t) const { return path_at(transport_.path_type, t); }

  Update last_update(float t) const {
    const PathPoint p = point(t);
    const double size = options_.last_step_size;
    switch (options_.last_step) {
      case LastStep::mean:
        return along(drift_at(p, transport_, options_), size);
      case LastStep::euler:
        return along(velocity_at(p, transport_.prediction), size);
      case LastStep::tweedie: {
        const Combination score = score_at(p, transport_.prediction);
        const double share = p.sigma * p.sigma / p.alpha;
        return {.state = 1 / p.alpha + share * score.state, .output = share * score.output};
      }
      case LastStep::none:
        break;
    }
    return {};
  }

  TransportOptions transport_;
  SamplingOptions options_;
  Guidance guidance_;
  std::vector<float> times_;
  std::vector<bool> guided_;
  std::vector<std::array<float, 4>> rows_;
};

}  // namespace

int64_t StepTable::rows_per_picture() const {
  return steps() + std::count(guided.begin(), guided.end(), true);
}

std::optional<StepTable> step_table(const TransportOptions& transport,
                                    const SamplingOptions& options) {
  options.check();
  TableMaker maker(transport, options);
  const std::vector<float> times = time_points(transport, options);
  if (options.solver == Solver::sde_euler) {
    maker.add_sde(times);
  } else if (options.solver == Solver::euler) {
    maker.add_ode(times);
  } else {
    return std::nullopt;
  }
  return maker.table();
}

}  // namespace gpst
