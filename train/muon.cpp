#include "train/muon.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gpst {
namespace {

constexpr double kMomentum = 0.95;
constexpr int64_t kSmallestSide = 16;  // below it there are no directions to speak of

// The matrices that a weight [rows, columns] is made of, as views.
std::vector<at::Tensor> matrices_of(const at::Tensor& weight) {
  const bool joint_projection = weight.size(0) == 3 * weight.size(1);
  return joint_projection ? weight.chunk(3, 0) : std::vector<at::Tensor>{weight};
}

}  // namespace

bool Muon::is_for(const std::string& name, const at::Tensor& parameter) {
  const bool in_block = name.find("blocks.") != std::string::npos;
  const bool modulation = name.find("adaLN_modulation") != std::string::npos;
  return in_block && !modulation && parameter.dim() == 2 &&
         std::min(parameter.size(0), parameter.size(1)) >= kSmallestSide;
}

Muon::Muon(NamedTensors parameters, const TrainOptions& options)
    : parameters_(std::move(parameters)), weight_decay_(options.weight_decay) {
  for (const auto& [name, parameter] : parameters_) momenta_.push_back(at::zeros_like(parameter));
}

void Muon::step(double lr) {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor weight = parameters_[i].second;
    const at::Tensor gradient = weight.grad();
    if (!gradient.defined()) continue;
    momenta_[i].mul_(kMomentum).add_(gradient);
    const at::Tensor ahead = at::add(gradient, momenta_[i], kMomentum);
    weight.mul_(1 - lr * weight_decay_);
    std::vector<at::Tensor> targets = matrices_of(weight);
    const std::vector<at::Tensor> directions = matrices_of(ahead);
    for (size_t part = 0; part < targets.size(); ++part) {
      const auto side = std::max(targets[part].size(0), targets[part].size(1));
      targets[part].sub_(orthogonalized(directions[part]),
                         lr * 0.2 * std::sqrt(static_cast<double>(side)));
    }
  }
}

NamedTensors Muon::state() const {
  NamedTensors tensors;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    tensors.emplace_back(parameters_[i].first + ".momentum", momenta_[i]);
  }
  return tensors;
}

at::Tensor orthogonalized(const at::Tensor& matrix) {
  // The polynomial a x + b x^3 + c x^5 of Jordan et al. lifts small singular values fastest.
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  constexpr int kSteps = 5;
  const bool tall = matrix.size(0) > matrix.size(1);
  at::Tensor x = tall ? matrix.t() : matrix;
  x = x / (at::linalg_vector_norm(x) + 1e-7);
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor squares = x.mm(x.t());
    const at::Tensor factor = at::addmm(squares, squares, squares, kB, kC);
    x = at::addmm(x, factor, x, kA);
  }
  return tall ? x.t() : x;
}

}  // namespace gpst
