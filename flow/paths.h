// Paths between noise (t = 0) and data (t = 1): x_t = alpha(t) x1 + sigma(t) x0 (numerics.md 7).
// Linear: alpha = t, sigma = 1 - t. GVP: alpha = sin(pi t / 2), sigma = cos(pi t / 2).
// VP: log alpha = -(1-t)^2 (20 - 0.1) / 4 - 0.1 (1-t) / 2, sigma = sqrt(1 - alpha^2).
#pragma once

#include <string_view>
#include <vector>

namespace gpst {

enum class PathType { linear, gvp, vp };

// What integrators and losses need of a path at one time.
struct PathPoint {
  double t;
  double alpha, d_alpha;  // d_: derivative by t
  double sigma, d_sigma;
  double alpha_ratio;  // d_alpha / alpha; infinite at t = 0 on the linear and GVP paths
  double diffusion;    // of SBDM: alpha_ratio sigma^2 - sigma d_sigma; VP: beta / 2
};

// Computed in double. Any t is answered: a solver may look beyond 1.
PathPoint path_at(PathType path, double t);

// The published spellings, "Linear", "GVP", "VP", in the order of the enumeration.
const std::vector<std::string_view>& path_names();

// ConfigError for another name.
PathType parse_path(std::string_view name);

}  // namespace gpst
