#include "nn/activation_checkpointing.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>
#include <torch/nn/module.h>

namespace gpst {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Compute = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

constexpr const char* kReplay = "replay";

// Whether and in which type products were cast when the object was made.
class AutocastState {
 public:
  explicit AutocastState(c10::DeviceType device)
      : device_(device), known_(device == at::kCPU || device == at::kCUDA) {
    if (!known_) return;  // autocast has no such device here
    enabled_ = at::autocast::is_autocast_enabled(device_);
    type_ = at::autocast::get_autocast_dtype(device_);
  }
  void set() const {
    if (!known_) return;
    at::autocast::set_autocast_enabled(device_, enabled_);
    at::autocast::set_autocast_dtype(device_, type_);
  }
  c10::DeviceType device() const { return device_; }

 private:
  c10::DeviceType device_;
  bool known_;
  bool enabled_ = false;
  at::ScalarType type_ = at::kFloat;
};

// An autocast region of its own: the backward pass runs outside of that of the forward pass.
class AutocastAgain {
 public:
  explicit AutocastAgain(const AutocastState& state) : before_(state.device()) {
    state.set();
    at::autocast::increment_nesting();
  }
  ~AutocastAgain() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    before_.set();
  }
  AutocastAgain(const AutocastAgain&) = delete;
  AutocastAgain& operator=(const AutocastAgain&) = delete;

 private:
  AutocastState before_;
};

struct Replay : torch::CustomClassHolder {
  Replay(Compute f, size_t count, const AutocastState& state)
      : compute(std::move(f)), inputs(count), autocast(state) {}
  Compute compute;
  size_t inputs;  // of the saved tensors, the first ones; parameters follow
  AutocastState autocast;
};

std::vector<at::Tensor> detached(at::TensorList tensors, size_t count) {
  std::vector<at::Tensor> result;
  for (size_t i = 0; i < count; ++i) {
    result.push_back(tensors[i].detach().set_requires_grad(tensors[i].requires_grad()));
  }
  return result;
}

// What backward() returns: nothing for the replay, then a gradient for each of `sources`, undefined
// where none is asked for.
variable_list gradients_of(const at::Tensor& output, const at::Tensor& gradient,
                           const variable_list& sources) {
  variable_list wanted;
  for (const at::Tensor& source : sources) {
    if (source.requires_grad()) wanted.push_back(source);
  }
  const variable_list found = torch::autograd::grad({output}, wanted, {gradient},
                                                    /*retain_graph=*/false, /*create_graph=*/false,
                                                    /*allow_unused=*/true);
  variable_list result = {at::Tensor()};
  auto next = found.begin();
  for (const at::Tensor& source : sources) {
    result.push_back(source.requires_grad() ? *next++ : at::Tensor());
  }
  return result;
}

struct Recompute : torch::autograd::Function<Recompute> {
  static at::Tensor forward(AutogradContext* context, const c10::intrusive_ptr<Replay>& replay,
                            at::TensorList inputs_and_parameters) {
    context->saved_data[kReplay] = c10::IValue::make_capsule(replay);
    context->save_for_backward(inputs_and_parameters.vec());
    // With a graph that is dropped at once rather than without one: operators may choose other
    // kernels, and so other bits, where no gradient is asked for.
    const at::AutoGradMode gradients(true);
    return replay->compute(detached(inputs_and_parameters, replay->inputs)).detach();
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto replay =
        c10::static_intrusive_pointer_cast<Replay>(context->saved_data[kReplay].toCapsule());
    const variable_list saved = context->get_saved_variables();
    variable_list sources = detached(saved, replay->inputs);
    at::Tensor output;
    {
      const at::AutoGradMode with_gradients(true);
      const AutocastAgain autocast(replay->autocast);
      output = replay->compute(sources);
    }
    sources.insert(sources.end(), saved.begin() + static_cast<int64_t>(replay->inputs),
                   saved.end());
    return gradients_of(output, gradients[0], sources);
  }
};

}  // namespace

at::Tensor RecomputedBlock::run(const torch::nn::Module& block, std::vector<at::Tensor> inputs,
                                Compute compute) const {
  if (!recompute_ || !at::GradMode::is_enabled()) return compute(inputs);
  const auto replay = c10::make_intrusive<Replay>(std::move(compute), inputs.size(),
                                                  AutocastState(inputs.front().device().type()));
  for (const at::Tensor& parameter : block.parameters()) {
    if (parameter.requires_grad()) inputs.push_back(parameter);
  }
  // As a TensorList: apply() looks for variables in no other container.
  return Recompute::apply(replay, at::TensorList(inputs));
}

void recompute_blocks(torch::nn::Module& net, bool on) {
  net.apply([on](torch::nn::Module& module) {
    if (auto* block = dynamic_cast<RecomputedBlock*>(&module)) block->recompute(on);
  });
}

}  // namespace gpst
