// Golden data as tensors, and comparisons of tensors.
#pragma once

#include <ATen/ATen.h>

#include <charconv>
#include <string_view>

#include "nn/weights.h"
#include "tests/support/golden.h"

namespace gpst {

// A stored tensor in its stored type (float16 stays float16).
inline at::Tensor golden_tensor(const SafetensorsFile& file, std::string_view name) {
  return to_tensor(file.get(std::string(name)));
}

// Equal shapes, then close_to on all elements in double.
inline ::testing::AssertionResult tensors_close(const at::Tensor& actual,
                                                const at::Tensor& expected,
                                                const Tolerance& tolerance) {
  if (actual.sizes() != expected.sizes()) {
    return ::testing::AssertionFailure()
           << "shape " << actual.sizes() << ", expected " << expected.sizes();
  }
  const auto flat = [](const at::Tensor& t) { return t.detach().to(at::kDouble).contiguous(); };
  const at::Tensor a = flat(actual), e = flat(expected);
  const auto span_of = [](const at::Tensor& t) {
    return std::span<const double>(t.const_data_ptr<double>(), static_cast<size_t>(t.numel()));
  };
  return close_to(span_of(a), span_of(e), tolerance);
}

// The part of `whole` that a Python slice such as "[:, ::8, 248:264, :]" names (text around the
// brackets, as in "recon[...]", is ignored). A golden "sub" tensor is stored like this.
inline at::Tensor python_slice(at::Tensor whole, std::string_view text) {
  const size_t open = text.find('['), close = text.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos) {
    throw std::runtime_error("not a slice: " + std::string(text));
  }
  text = text.substr(open + 1, close - open - 1);
  const auto number = [](std::string_view part, int64_t absent) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    int64_t value = absent;
    std::from_chars(part.data(), part.data() + part.size(), value);
    return value;
  };
  for (int64_t dim = 0; !text.empty(); ++dim) {
    const std::string_view axis = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), axis.size() + 1));
    const size_t first = axis.find(':');
    const std::string_view rest = axis.substr(first + 1);
    const size_t second = rest.find(':');
    const int64_t step = second == std::string_view::npos ? 1 : number(rest.substr(second + 1), 1);
    whole = whole.slice(dim, number(axis.substr(0, first), 0),
                        number(rest.substr(0, second), whole.size(dim)), step);
  }
  return whole;
}

}  // namespace gpst
