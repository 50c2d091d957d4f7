// Checks of what an op is given. Every failure is an InputError that names the op, the tensor, the
// sizes found and the sizes expected.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

namespace gpst {

// Throws InputError("<op>: <message>").
[[noreturn]] void refuse(std::string_view op, const std::string& message);

// float32 or float64.
void check_floating(std::string_view op, std::string_view name, const at::Tensor& tensor);

// The number of dimensions; `expected` is the shape in words, such as "[B, l, 5+c]".
void check_dimensions(std::string_view op, std::string_view name, const at::Tensor& tensor,
                      int64_t dimensions, std::string_view expected);

// Exactly this shape.
void check_shape(std::string_view op, std::string_view name, const at::Tensor& tensor,
                 at::IntArrayRef expected);

// The dtype and device of another tensor.
void check_like(std::string_view op, std::string_view name, const at::Tensor& tensor,
                std::string_view other_name, const at::Tensor& other);

void check_positive(std::string_view op, std::string_view name, int64_t value);

}  // namespace gpst
