#include "ops/check.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"

namespace gpst {
namespace {

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

}  // namespace

void refuse(std::string_view op, const std::string& message) {
  throw InputError(fmt::format("{}: {}", op, message));
}

void check_floating(std::string_view op, std::string_view name, const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble) return;
  refuse(op, fmt::format("{} must be float32 or float64, found {}; convert it first", name,
                         c10::toString(tensor.scalar_type())));
}

void check_dimensions(std::string_view op, std::string_view name, const at::Tensor& tensor,
                      int64_t dimensions, std::string_view expected) {
  if (tensor.dim() == dimensions) return;
  refuse(op, fmt::format("{} must have the shape {}, found {}", name, expected,
                         shape_text(tensor.sizes())));
}

void check_shape(std::string_view op, std::string_view name, const at::Tensor& tensor,
                 at::IntArrayRef expected) {
  if (tensor.sizes() == expected) return;
  refuse(op, fmt::format("{} must have the shape {}, found {}", name, shape_text(expected),
                         shape_text(tensor.sizes())));
}

void check_like(std::string_view op, std::string_view name, const at::Tensor& tensor,
                std::string_view other_name, const at::Tensor& other) {
  if (tensor.scalar_type() != other.scalar_type()) {
    refuse(op,
           fmt::format("{} must have the dtype of {}, {}; found {}", name, other_name,
                       c10::toString(other.scalar_type()), c10::toString(tensor.scalar_type())));
  }
  if (tensor.device() != other.device()) {
    refuse(op, fmt::format("{} must be on the device of {}, {}; found {}", name, other_name,
                           other.device().str(), tensor.device().str()));
  }
}

void check_positive(std::string_view op, std::string_view name, int64_t value) {
  if (value < 1) refuse(op, fmt::format("{} must be at least 1, found {}", name, value));
}

}  // namespace gpst
