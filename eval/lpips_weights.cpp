#include "eval/lpips_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <span>

#include "base/error.h"
#include "io/shape.h"

namespace gpst {
namespace {

using Parts = std::vector<std::string_view>;

Parts split(std::string_view name) {
  Parts parts;
  while (true) {
    const size_t dot = name.find('.');
    parts.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    name.remove_prefix(dot + 1);
  }
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

// "lin3" with the word "lin": "3"; "" when the part is anything else.
std::string_view number_behind(std::string_view word, std::string_view part) {
  if (!part.starts_with(word)) return {};
  part.remove_prefix(word.size());
  return is_number(part) ? part : std::string_view();
}

// N and weight|bias behind `features` or `sliceK`.
std::string trunk_name(std::span<const std::string_view> rest) {
  if (rest.size() != 2 || !is_number(rest[0])) return "";
  if (rest[1] != "weight" && rest[1] != "bias") return "";
  return fmt::format("features.{}.{}", rest[0], rest[1]);
}

// [model, 0|1,] weight behind `linK` or `lins.K`.
std::string linear_name(std::string_view tap, std::span<const std::string_view> rest) {
  if (rest.size() == 3 && rest[0] == "model" && is_number(rest[1])) rest = rest.subspan(2);
  if (tap.size() != 1 || rest.size() != 1 || rest[0] != "weight") return "";
  return linear_layer_name(static_cast<size_t>(tap[0] - '0'));
}

// All tensors of the files, under the names of lpips_tensors().
class NamedTensorViews {
 public:
  explicit NamedTensorViews(const std::vector<std::string>& paths)
      : where_(fmt::format("{}", fmt::join(paths, " and "))) {
    for (const std::string& path : paths) files_.push_back(SafetensorsFile::open(path));
    for (const SafetensorsFile& file : files_) {
      for (const TensorView& view : file.tensors()) add(view);
    }
  }

  const TensorView* find(std::string_view name) const {
    const auto found = views_.find(name);
    return found == views_.end() ? nullptr : found->second;
  }
  const std::string& where() const { return where_; }

 private:
  // A state dict of the lpips package holds every linear layer under two names.
  void add(const TensorView& view) {
    const std::string name = lpips_tensor_name(view.name);
    if (name.empty()) return;
    const auto [known, is_new] = views_.emplace(name, &view);
    if (is_new || same(*known->second, view)) return;
    throw InputError(fmt::format(
        "{}: '{}' and '{}' differ, but both would be '{}': expected the weights of one LPIPS",
        where_, known->second->name, view.name, name));
  }

  static bool same(const TensorView& a, const TensorView& b) {
    return a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
  }

  std::string where_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, const TensorView*, std::less<>> views_;
};

// Told by the first convolution.
LpipsNet net_of(const NamedTensorViews& views) {
  const TensorView* first = views.find("features.0.weight");
  if (first == nullptr) {
    throw InputError(
        fmt::format("{}: no 'features.0.weight' (or 'net.slice1.0.weight'), so no trunk of LPIPS. "
                    "The linear layers alone need the file of their VGG16 or AlexNet beside them.",
                    views.where()));
  }
  for (const auto& [net, name] : kLpipsNets) {
    const TrunkConvolution& expected = trunk_convolutions(net).front();
    if (first->shape == weight_shape(expected)) return net;
  }
  throw InputError(
      fmt::format("{}: the first convolution '{}' is {}, expected {} (VGG16) or {} (AlexNet)",
                  views.where(), first->name, shape_text(first->shape),
                  shape_text(weight_shape(trunk_convolutions(LpipsNet::vgg16).front())),
                  shape_text(weight_shape(trunk_convolutions(LpipsNet::alexnet).front()))));
}

}  // namespace

std::string lpips_tensor_name(std::string_view stored) {
  const Parts parts = split(stored);
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto rest = std::span(parts).subspan(i + 1);
    if (parts[i] == "features" || !number_behind("slice", parts[i]).empty()) {
      return trunk_name(rest);
    }
    if (parts[i] == "lins") {
      if (rest.empty() || !is_number(rest[0])) return "";
      return linear_name(rest[0], rest.subspan(1));
    }
    const std::string_view tap = number_behind("lin", parts[i]);
    if (!tap.empty()) return linear_name(tap, rest);
  }
  return "";
}

LpipsWeights read_lpips(const std::vector<std::string>& paths) {
  const NamedTensorViews views(paths);
  const LpipsNet net = net_of(views);
  return {net, read_tensors([&](std::string_view name) { return views.find(name); }, views.where(),
                            lpips_tensors(net), fmt::format("LPIPS ({})", name_of(net)))};
}

}  // namespace gpst
