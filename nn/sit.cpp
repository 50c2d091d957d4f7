#include "nn/sit.h"

#include <c10/core/GradMode.h>
#include <c10/util/StringUtil.h>
#include <fmt/format.h>

#include "base/error.h"
#include "nn/placed_weights.h"
#include "nn/sit_module.h"

namespace gpst {
namespace {

// Coordinates, times and velocities pass through these: eight bits would be too coarse for them.
bool is_embedder(std::string_view name) {
  return name.starts_with("final_layer.linear.") ||
         (!name.starts_with("blocks.") && !name.starts_with("final_layer."));
}

[[noreturn]] void refuse(std::string_view what, const std::string& expected,
                         const at::Tensor& found) {
  throw InputError(fmt::format("SiT: expected {} {}, found {}", what, expected,
                               found.defined() ? c10::str(found.sizes()) : "nothing"));
}

void check_state(const at::Tensor& x, const SitOptions& options) {
  if (x.dim() != 4 || x.size(1) != options.in_channels || x.size(3) != 1) {
    refuse("tokens", fmt::format("[N,{},l,1]", options.in_channels), x);
  }
}

void check_labels(const at::Tensor& y) {
  if (y.dim() != 1 || y.scalar_type() != at::kLong) refuse("labels", "int64 [N]", y);
}

// What is added to the embedded tokens: the condition's embedding, or positions.
at::Tensor token_embedding(const SitModule& net, const at::Tensor& condition) {
  if (!condition.defined()) return net.positions(net.options.latent_size);
  if (net.condition_channels == 0) {
    throw InputError("SiT: a condition was given to a net without condition embedder");
  }
  if (condition.dim() != 3 || condition.size(2) != net.condition_channels) {
    refuse("condition", fmt::format("[N,l,{}]", net.condition_channels), condition);
  }
  return net.embed_condition(condition);
}

// [N,l,D] or, for positions, [1,l,D] against x [N,C,l,1].
void check_embedding(const at::Tensor& embedding, const at::Tensor& x) {
  const bool rows_fit = embedding.size(0) == 1 || embedding.size(0) == x.size(0);
  if (!rows_fit || embedding.size(1) != x.size(2)) {
    refuse("tokens", fmt::format("of {} rows and l = {}", embedding.size(0), embedding.size(1)), x);
  }
}

}  // namespace

Sit::Sit(const SitOptions& options, int64_t condition_channels)
    : module_(std::make_shared<SitModule>(options.resolved(), condition_channels)) {}

const SitOptions& Sit::options() const { return module_->options; }
int64_t Sit::condition_channels() const { return module_->condition_channels; }
torch::nn::Module& Sit::module() const { return *module_; }
at::Device Sit::device() const { return module_->patch_weight.device(); }

Sit Sit::to(at::Device device, at::ScalarType type) const {
  check_model_type(type);
  Sit copy(options(), condition_channels());
  place_weights(*module_, *copy.module_, device,
                [&](std::string_view name) { return is_embedder(name) ? at::kFloat : type; });
  return copy;
}

at::Tensor Sit::forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& y,
                        const at::Tensor& condition) const {
  check_state(x, options());
  check_labels(y);
  const at::Tensor added = token_embedding(*module_, condition);
  check_embedding(added, x);
  const at::Tensor c = module_->embed_time(t) + module_->embed_labels(y);  // [N,D]
  return module_->velocity(module_->embed_tokens(x) + added, c);
}

PreparedSit Sit::prepare(const at::Tensor& y, const at::Tensor& condition) const {
  const c10::NoGradGuard no_grad;
  check_labels(y);
  return {.token_embedding = token_embedding(*module_, condition),
          .label_embedding = module_->embed_labels(y)};
}

at::Tensor Sit::step(const at::Tensor& x, float t, const PreparedSit& prepared) const {
  const c10::NoGradGuard no_grad;
  check_state(x, options());
  const int64_t rows = x.size(0);
  if (rows > prepared.label_embedding.size(0)) {
    refuse("at most the prepared rows,", fmt::format("{}", prepared.label_embedding.size(0)), x);
  }
  const at::Tensor& added = prepared.token_embedding;
  const at::Tensor first = added.size(0) == 1 ? added : added.narrow(0, 0, rows);
  check_embedding(first, x);
  const at::Tensor time = module_->embed_time(at::full({1}, t, x.options()));  // [1,D]
  const at::Tensor c = time + prepared.label_embedding.narrow(0, 0, rows);     // [M,D]
  return module_->velocity(module_->embed_tokens(x) + first, c);
}

}  // namespace gpst
