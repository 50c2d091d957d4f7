#include "eval/stored_tensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "io/shape.h"
#include "nn/weights.h"

namespace gpst {
namespace {

constexpr size_t kListed = 12;  // lines in an error message; a wrong file can lack hundreds

// What is wrong with a tensor, or "".
std::string problem_of(const TensorView* stored, const TensorSpec& wanted) {
  if (stored == nullptr) {
    return fmt::format("'{}' {} is missing", wanted.name, shape_text(wanted.shape));
  }
  if (stored->shape != wanted.shape) {
    return fmt::format("'{}' is {} in the file, expected {}", wanted.name,
                       shape_text(stored->shape), shape_text(wanted.shape));
  }
  if (!at::isFloatingType(scalar_type_of(stored->dtype))) {
    return fmt::format("'{}' is stored as {}, expected a floating type", wanted.name,
                       dtype_name(stored->dtype));
  }
  return "";
}

}  // namespace

TensorsByName read_tensors(const SafetensorsFile& file, const std::vector<TensorSpec>& wanted,
                           std::string_view network) {
  return read_tensors([&](std::string_view name) { return file.find(name); }, file.path(), wanted,
                      network);
}

TensorsByName read_tensors(const TensorLookup& find, std::string_view where,
                           const std::vector<TensorSpec>& wanted, std::string_view network) {
  TensorsByName tensors;
  std::vector<std::string> problems;
  for (const TensorSpec& spec : wanted) {
    const TensorView* stored = find(spec.name);
    const std::string problem = problem_of(stored, spec);
    if (problem.empty()) {
      tensors.emplace(spec.name, to_tensor_f32(*stored));
    } else {
      problems.push_back(problem);
    }
  }
  if (problems.empty()) return tensors;
  const auto end = problems.begin() + static_cast<int64_t>(std::min(problems.size(), kListed));
  throw InputError(fmt::format(
      "{}: {} of the {} tensors of {} cannot be taken from this file:\n  {}{}", where,
      problems.size(), wanted.size(), network, fmt::join(problems.begin(), end, "\n  "),
      problems.size() > kListed ? fmt::format("\n  and {} more", problems.size() - kListed) : ""));
}

}  // namespace gpst
