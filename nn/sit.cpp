#include "nn/sit.h"

#include <c10/util/StringUtil.h>
#include <fmt/format.h>

#include "base/error.h"
#include "nn/sit_module.h"

namespace gpst {
namespace {

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

at::Tensor Sit::forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& y,
                        const at::Tensor& condition) const {
  check_state(x, options());
  check_labels(y);
  const at::Tensor added = token_embedding(*module_, condition);
  check_embedding(added, x);
  const at::Tensor c = module_->embed_time(t) + module_->embed_labels(y);  // [N,D]
  return module_->velocity(module_->embed_tokens(x) + added, c);
}

}  // namespace gpst
