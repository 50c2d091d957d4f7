// Paths between noise (t = 0) and data (t = 1): x_t = alpha(t) x1 + sigma(t) x0 (numerics.md 7).
// Linear: alpha = t, sigma = 1 - t. GVP: alpha = sin(pi t / 2), sigma = cos(pi t / 2).
// VP: log alpha = -(1-t)^2 (20 - 0.1) / 4 - 0.1 (1-t) / 2, sigma = sqrt(1 - alpha^2).
#pragma once

namespace gpst {

enum class PathType { linear, gvp, vp };

// What integrators and losses need of a path at one time.
struct PathPoint {
  double t = 0;
  double alpha = 0, d_alpha = 0;  // d_: derivative by t
  double sigma = 0, d_sigma = 0;
  double alpha_ratio = 0;  // d_alpha / alpha; infinite at t = 0 on the linear and GVP paths
  double diffusion = 0;    // of SBDM: alpha_ratio sigma^2 - sigma d_sigma; VP: beta / 2
};

// Computed in double. Any t is answered: a solver may look beyond 1.
PathPoint path_at(PathType path, double t);

}  // namespace gpst
