#include "nn/weights.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>

#include "base/allocator.h"
#include "base/error.h"
#include "base/log.h"

namespace gpst {
namespace {

constexpr std::string_view kPublishedPrefix = "ema_model.";
constexpr size_t kListed = 12;  // names in an error message; a wrong file can lack hundreds

bool passed_over(std::string_view name, const LoadOptions& options) {
  if (name.starts_with("online_model.") || name == "initted" || name == "step" ||
      name.ends_with("num_batches_tracked")) {
    return true;
  }
  const auto starts = [&](const std::string& p) { return name.starts_with(p); };
  const auto ends = [&](const std::string& s) { return name.ends_with(s); };
  return std::any_of(options.ignored_prefixes.begin(), options.ignored_prefixes.end(), starts) ||
         std::any_of(options.ignored_suffixes.begin(), options.ignored_suffixes.end(), ends);
}

std::string prefix_in(const SafetensorsFile& file, const LoadOptions& options) {
  if (!options.prefix.empty()) return options.prefix;
  const auto& tensors = file.tensors();
  const bool published = std::any_of(tensors.begin(), tensors.end(), [](const TensorView& t) {
    return t.name.starts_with(kPublishedPrefix);
  });
  return published ? std::string(kPublishedPrefix) : "";
}

std::string shape_text(at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

// One line a problem, cut after kListed lines.
std::string listed(const std::vector<std::string>& lines) {
  const size_t shown = std::min(lines.size(), kListed);
  std::string text = fmt::format("{}", fmt::join(lines.begin(), lines.begin() + shown, "\n  "));
  if (shown < lines.size()) text += fmt::format("\n  and {} more", lines.size() - shown);
  return text;
}

struct Match {
  at::Tensor target;  // of the stored shape: a part of the model's tensor where that has grown
  const TensorView* stored;
  bool grown = false;
};

bool holds(at::IntArrayRef larger, at::IntArrayRef smaller) {
  return larger.size() == smaller.size() &&
         std::equal(larger.begin(), larger.end(), smaller.begin(), std::greater_equal<>());
}

// The first shape[0] x shape[1] x ... values.
at::Tensor beginning_of(at::Tensor tensor, at::IntArrayRef shape) {
  for (size_t d = 0; d < shape.size(); ++d) {
    tensor = tensor.narrow(static_cast<int64_t>(d), 0, shape[d]);
  }
  return tensor;
}

std::vector<Match> match_all(const NamedTensors& targets, const SafetensorsFile& file,
                             const std::string& prefix, bool grow) {
  std::vector<Match> matches;
  std::vector<std::string> problems;
  for (const auto& [name, target] : targets) {
    if (name.ends_with("num_batches_tracked")) continue;
    const std::string stored_name = prefix + name;
    const TensorView* stored = file.find(stored_name);
    if (stored == nullptr) {
      problems.push_back(
          fmt::format("'{}' {} is missing", stored_name, shape_text(target.sizes())));
    } else if (target.sizes() == at::IntArrayRef(stored->shape)) {
      matches.push_back({target, stored});
    } else if (grow && holds(target.sizes(), stored->shape)) {
      matches.push_back({beginning_of(target, stored->shape), stored, true});
    } else {
      problems.push_back(fmt::format("'{}' is {} in the file, the model needs {}", stored_name,
                                     shape_text(stored->shape), shape_text(target.sizes())));
    }
  }
  if (!problems.empty()) {
    throw InputError(
        fmt::format("{}: {} of the model's {} tensors cannot be taken from this file:\n  {}\n"
                    "Check that the weights belong to this configuration.",
                    file.path(), problems.size(), targets.size(), listed(problems)));
  }
  return matches;
}

bool is_aligned(const TensorView& view) {
  const auto address = reinterpret_cast<std::uintptr_t>(view.bytes.data());
  return !view.bytes.empty() && address % dtype_size(view.dtype) == 0;
}

// The tensor where it lies in the file, whose pages leave the memory with it; only to be read.
at::Tensor mapped_tensor(std::shared_ptr<const SafetensorsFile> file, const TensorView& view) {
  const auto release = [file = std::move(file), bytes = view.bytes](void*) {
    release_pages(bytes);
  };
  return at::from_blob(const_cast<std::byte*>(view.bytes.data()), view.shape, release,
                       at::dtype(scalar_type_of(view.dtype)));
}

// Fills the targets one by one, so that a file whose types have to be converted is never in memory
// as a whole.
void fill(const std::vector<Match>& matches, const SafetensorsFile& file, bool in_file) {
  const auto kept = std::make_shared<const SafetensorsFile>(file);
  for (const Match& match : matches) {
    const TensorView& view = *match.stored;
    at::Tensor target = match.target;
    const at::Tensor stored = is_aligned(view) ? mapped_tensor(kept, view) : to_tensor(view);
    if (in_file && !match.grown) {
      target.set_data(stored.to(target.options()));
    } else {
      target.copy_(stored);
    }
  }
}

std::vector<std::string> extra_names(const NamedTensors& targets, const SafetensorsFile& file,
                                     const std::string& prefix, const LoadOptions& options) {
  std::set<std::string> known;
  for (const auto& [name, target] : targets) known.insert(prefix + name);
  std::vector<std::string> extra;
  for (const TensorView& stored : file.tensors()) {
    if (!known.contains(stored.name) && !passed_over(stored.name, options)) {
      extra.push_back(stored.name);
    }
  }
  return extra;
}

}  // namespace

DType dtype_of(at::ScalarType type) {
  switch (type) {
    case at::kDouble:
      return DType::f64;
    case at::kFloat:
      return DType::f32;
    case at::kHalf:
      return DType::f16;
    case at::kBFloat16:
      return DType::bf16;
    case at::kLong:
      return DType::i64;
    case at::kInt:
      return DType::i32;
    case at::kShort:
      return DType::i16;
    case at::kChar:
      return DType::i8;
    case at::kByte:
      return DType::u8;
    case at::kBool:
      return DType::boolean;
    default:
      throw InputError(fmt::format("tensors of type {} cannot be stored", at::toString(type)));
  }
}

at::ScalarType scalar_type_of(DType type) {
  switch (type) {
    case DType::f64:
      return at::kDouble;
    case DType::f32:
      return at::kFloat;
    case DType::f16:
      return at::kHalf;
    case DType::bf16:
      return at::kBFloat16;
    case DType::i64:
      return at::kLong;
    case DType::i32:
      return at::kInt;
    case DType::i16:
      return at::kShort;
    case DType::i8:
      return at::kChar;
    case DType::u64:
      return at::kUInt64;
    case DType::u32:
      return at::kUInt32;
    case DType::u16:
      return at::kUInt16;
    case DType::u8:
      return at::kByte;
    case DType::boolean:
      return at::kBool;
  }
  throw InputError("unknown type of a stored tensor");
}

at::Tensor to_tensor(const TensorView& view) {
  const at::Tensor tensor = at::empty(view.shape, at::dtype(scalar_type_of(view.dtype)));
  if (!view.bytes.empty()) {
    std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
  }
  return tensor;
}

at::Tensor to_tensor_f32(const TensorView& view) { return to_tensor(view).to(at::kFloat); }

NamedTensors named_state(const torch::nn::Module& module) {
  NamedTensors state;
  for (const auto& item : module.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

WeightsReport load_weights(torch::nn::Module& module, const SafetensorsFile& file,
                           const LoadOptions& options, Log& log) {
  const at::NoGradGuard no_grad;
  const std::string prefix = prefix_in(file, options);
  const NamedTensors targets = named_state(module);
  const std::vector<Match> matches = match_all(targets, file, prefix, options.grow);
  fill(matches, file, options.in_file);
  WeightsReport report{
      static_cast<int64_t>(matches.size()),
      std::count_if(matches.begin(), matches.end(), [](const Match& m) { return m.grown; }),
      extra_names(targets, file, prefix, options)};
  if (!report.extra.empty()) {
    log.warn(fmt::format("{}: {} tensors that the model has no use for, such as '{}'", file.path(),
                         report.extra.size(), report.extra.front()));
  }
  return report;
}

void save_tensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata) {
  std::vector<TensorSpec> specs;
  for (const auto& [name, tensor] : tensors) {
    specs.push_back({name, dtype_of(tensor.scalar_type()), tensor.sizes().vec()});
  }
  SafetensorsWriter writer(path, std::move(specs), metadata);
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.detach().to(at::kCPU).contiguous();
    writer.write(name, {static_cast<const std::byte*>(plain.const_data_ptr()),
                        static_cast<size_t>(plain.nbytes())});
  }
  writer.commit();
}

void save_weights(const std::string& path, const torch::nn::Module& module, DType type,
                  const Metadata& metadata) {
  NamedTensors state = named_state(module);
  for (auto& [name, tensor] : state) {
    if (tensor.is_floating_point()) tensor = tensor.detach().to(scalar_type_of(type));
  }
  save_tensors(path, state, metadata);
}

}  // namespace gpst
