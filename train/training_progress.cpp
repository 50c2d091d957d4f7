#include "train/training_progress.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace gpst {
namespace {

using nlohmann::json;

double number(const json& value) {
  return value.is_number() ? value.get<double>() : std::nan("");  // JSON has no NaN
}

}  // namespace

void TrainingProgress::remember(const StepResult& result) {
  if (result.targets.model) {
    latest.loss = result.loss;
    latest.gradient_norm = result.gradient_norm;
  }
  for (const auto& [name, value] : result.metrics) {
    const auto known = std::ranges::find(latest.metrics, name, &Metrics::value_type::first);
    if (known != latest.metrics.end()) {
      known->second = value;
    } else {
      latest.metrics.emplace_back(name, value);
    }
  }
}

bool TrainingProgress::take_best(const Metrics& held_out) {
  if (held_out.empty()) return false;
  const auto& [name, value] = held_out.front();
  const bool lower = name.ends_with("loss");
  const bool better = !best || (lower ? value < best->value : value > best->value);
  if (!std::isfinite(value) || !better) return false;
  best = Best{.step = step, .value = value};
  return true;
}

std::string TrainingProgress::to_json() const {
  json state = {{"step", step},
                {"seconds", seconds},
                {"loss", latest.loss},
                {"latest", {{"gradient_norm", latest.gradient_norm}, {"metrics", latest.metrics}}}};
  if (best) state["best"] = {{"step", best->step}, {"value", best->value}};
  return state.dump();
}

TrainingProgress TrainingProgress::from_json(const std::string& text) {
  const json state = json::parse(text);
  TrainingProgress progress;
  progress.step = state.value("step", int64_t{0});
  progress.seconds = state.value("seconds", 0.0);
  progress.latest.loss = state.value("loss", 0.0);
  // The first row may come from a step that does not have all of it.
  if (state.contains("latest")) {
    const json& latest = state["latest"];
    progress.latest.gradient_norm = number(latest.at("gradient_norm"));
    for (const auto& metric : latest.at("metrics")) {
      progress.latest.metrics.emplace_back(metric.at(0).get<std::string>(), number(metric.at(1)));
    }
  }
  if (state.contains("best")) {
    const json& best = state["best"];
    progress.best = Best{.step = best.value("step", int64_t{0}), .value = best.value("value", 0.0)};
  }
  return progress;
}

}  // namespace gpst
