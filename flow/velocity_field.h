// What an integrator sees of a net: a function of state and time. Guidance (guidance.h) and
// counting are decorators, so no integrator and no net knows of them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace gpst {

class VelocityField {
 public:
  virtual ~VelocityField() = default;

  // The net's output at x [N,C,l,1] and time t, which all rows share: [N,C,l,1], velocity, noise or
  // score, as the net was trained (prediction.h).
  virtual at::Tensor evaluate(const at::Tensor& x /* [N,C,l,1] */, float t) = 0;
};

// A field made of a function.
class FunctionField final : public VelocityField {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& x, float t)>;
  explicit FunctionField(Function function) : function_(std::move(function)) {}
  at::Tensor evaluate(const at::Tensor& x, float t) override { return function_(x, t); }

 private:
  Function function_;
};

// Counts what passes through it; put around the net it counts the rows really computed.
class CountingField final : public VelocityField {
 public:
  explicit CountingField(VelocityField& inner) : inner_(inner) {}
  at::Tensor evaluate(const at::Tensor& x, float t) override;

  int64_t calls() const { return static_cast<int64_t>(times_.size()); }
  int64_t rows() const { return rows_; }
  const std::vector<float>& times() const { return times_; }  // t of every call

 private:
  VelocityField& inner_;
  int64_t rows_ = 0;
  std::vector<float> times_;
};

}  // namespace gpst
