#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "nn/sit.h"

namespace gpst {
namespace {

struct NamedSize {
  std::string_view name;
  int64_t depth, hidden_size, num_heads;
};

constexpr std::array<NamedSize, 4> kSizes{{
    {"S", 12, 384, 6},
    {"B", 12, 768, 12},
    {"L", 24, 1024, 16},
    {"XL", 28, 1152, 16},
}};

// "XL" of "XL" and "SiT-XL/2-gs". The published number is that of the image net the name comes
// from; nets of tokens have patches of 1 whatever it says.
std::string_view size_part(std::string_view name) {
  constexpr std::string_view kPrefix = "SiT-";
  if (!name.starts_with(kPrefix)) return name;
  name.remove_prefix(kPrefix.size());
  return name.substr(0, name.find('/'));
}

void require(bool holds, std::string_view key, const std::string& expectation) {
  if (!holds) throw ConfigError(fmt::format("model.{}: {}", key, expectation));
}

}  // namespace

void SitOptions::visit(FieldVisitor& v) {
  v.field({.name = "name", .help = "S, B, L, XL (or SiT-XL/2-gs, as published) set the size"},
          name);
  v.field({.name = "depth", .help = "transformer blocks", .min = 1, .max = 1000}, depth);
  v.field({.name = "hidden_size", .help = "width of a token", .min = 1, .max = 65536}, hidden_size);
  v.field({.name = "num_heads", .help = "attention heads; divides hidden_size", .min = 1},
          num_heads);
  v.field({.name = "patch_size", .help = "1: a token is its own patch", .min = 1, .max = 1},
          patch_size);
  v.field({.name = "mlp_ratio", .help = "width of the MLP by hidden_size", .min = 0.01, .max = 64},
          mlp_ratio);
  v.field({.name = "latent_size", .help = "tokens", .min = 1, .max = 1000000}, latent_size);
  v.field({.name = "num_classes", .help = "classes", .min = 1, .max = 10000000}, num_classes);
  v.field({.name = "in_channels", .help = "channels of a token", .min = 1, .max = 65536},
          in_channels);
  v.field({.name = "class_dropout_prob",
           .help = "share of training samples without label; 0 leaves no row for guidance",
           .min = 0,
           .max = 1},
          class_dropout_prob);
  v.field({.name = "learn_sigma", .help = "keep the unused second half of output channels"},
          learn_sigma);
}

SitOptions SitOptions::resolved() const {
  SitOptions result = *this;
  for (const NamedSize& size : kSizes) {
    if (size.name != size_part(name)) continue;
    result.depth = size.depth;
    result.hidden_size = size.hidden_size;
    result.num_heads = size.num_heads;
  }
  require(result.patch_size == 1, "patch_size", "only 1 exists for tokens");
  require(result.depth > 0 && result.hidden_size > 0 && result.in_channels > 0, "depth",
          "depth, hidden_size and in_channels are at least 1");
  require(result.num_heads > 0 && result.hidden_size % result.num_heads == 0, "num_heads",
          fmt::format("expected a divisor of hidden_size {}, found {}", result.hidden_size,
                      result.num_heads));
  return result;
}

}  // namespace gpst
