#include "sampler/batch_flow.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "flow/sample.h"
#include "flow/sit_field.h"
#include "flow/step_table.h"
#include "ops/accelerator.h"
#include "ops/initial_noise.h"
#include "ops/sampler_step.h"
#include "sampler/op_noise.h"

namespace gpst {
namespace {

class RecordedFlow final : public BatchFlow {
 public:
  RecordedFlow(const FrozenSit& net, int64_t pictures, StepTable table,
               const BatchFlowOptions& options, DeviceStream& stream)
      : net_(net),
        table_(std::move(table)),
        options_(options),
        channels_(net_.options().in_channels) {
    const auto accelerator = Accelerator::of(net.device());
    stream.run([&] { allocate(pictures); });
    stream.synchronise();
    for (const bool guided : {true, false}) {
      const auto first = std::ranges::find(table_.guided, guided);
      if (first == table_.guided.end()) continue;
      // Warm-up is a real step and needs a row of its kind.
      stream.run([&] { step_.fill_(first - table_.guided.begin()); });
      graph_of(guided) = accelerator->capture(stream, [this, guided] { step(guided); });
    }
  }

  at::Tensor run(const at::Tensor& pictures, const at::Tensor& labels,
                 const at::Tensor& condition) override {
    const at::NoGradGuard no_gradients;
    pictures_.copy_(pictures);
    x_.copy_(initial_noise(pictures_, {.channels = channels_, .tokens = options_.tokens},
                           options_.seed, options_.purposes.initial));
    step_.zero_();
    net_.fill(batch_, labels, condition);
    for (size_t i = 0; i < table_.times.size(); ++i) {
      const auto time = static_cast<int64_t>(i);
      if (time % batch_.steps() == 0) net_.load_steps(batch_, schedule_, time);
      graph_of(table_.guided[i])->replay();
    }
    return x_;
  }

  int64_t model_rows(int64_t pictures) const override {
    return pictures * table_.rows_per_picture();
  }

 private:
  std::unique_ptr<DeviceGraph>& graph_of(bool guided) { return guided ? guided_ : plain_; }

  void allocate(int64_t pictures) {
    const at::NoGradGuard no_gradients;
    const auto on_device = at::TensorOptions(net_.device());
    x_ = at::zeros({pictures, channels_, options_.tokens}, on_device.dtype(at::kFloat));
    pictures_ = at::zeros({pictures}, on_device.dtype(at::kLong));
    step_ = at::zeros({1}, on_device.dtype(at::kInt));
    coefficients_ = table_.coefficients.to(net_.device());
    schedule_ = net_.schedule(table_.times);
    batch_ = net_.make_batch({.pictures = pictures, .tokens = options_.tokens}, schedule_);
  }

  void step(bool guided) {
    const at::NoGradGuard no_gradients;
    const at::Tensor output =
        net_.step(x_.unsqueeze(-1), step_, batch_, guided ? SitRows::both : SitRows::with_class);
    sampler_step(x_, output, coefficients_, step_, pictures_,
                 {.seed = options_.seed, .purpose = options_.purposes.step},
                 {.channels = table_.guided_channels});
    advance_step(step_);
  }

  FrozenSit net_;
  StepTable table_;
  BatchFlowOptions options_;
  int64_t channels_;
  SitSchedule schedule_;
  SitBatch batch_;
  at::Tensor x_;             // [B,C,l]
  at::Tensor pictures_;      // [B] int64
  at::Tensor step_;          // [1] int32
  at::Tensor coefficients_;  // [T,4]
  std::unique_ptr<DeviceGraph> guided_, plain_;
};

class IntegratedFlow final : public BatchFlow {
 public:
  IntegratedFlow(const FrozenSit& net, const BatchFlowOptions& options)
      : net_(net),
        options_(options),
        times_(evaluation_times(options.transport, options.sampling)) {}

  at::Tensor run(const at::Tensor& pictures, const at::Tensor& labels,
                 const at::Tensor& condition) override {
    const at::NoGradGuard no_gradients;
    // dopri5 chooses its steps by the norm of its whole state: a picture of its own each.
    const int64_t rows = options_.sampling.solver == Solver::dopri5 ? 1 : pictures.size(0);
    std::vector<at::Tensor> parts;
    rows_.clear();
    for (int64_t first = 0; first < pictures.size(0); first += rows) {
      const auto part = [&](const at::Tensor& all) {
        return all.defined() ? all.narrow(0, first, rows) : all;
      };
      parts.push_back(integrate(part(pictures), part(labels), part(condition)));
    }
    return at::cat(parts).squeeze(-1);  // [B,C,l]
  }

  int64_t model_rows(int64_t pictures) const override {
    return std::accumulate(rows_.begin(), rows_.begin() + pictures, int64_t{0});
  }

 private:
  at::Tensor integrate(const at::Tensor& pictures, const at::Tensor& labels,
                       const at::Tensor& condition) {
    SitField field(net_, labels, condition, {.tokens = options_.tokens, .times = times_});
    CountingField counted(field);
    OpNoise noise(pictures, options_.seed, options_.purposes);
    const std::array<int64_t, 4> shape{pictures.size(0), net_.options().in_channels,
                                       options_.tokens, 1};
    const at::Tensor sample =
        sample_flow(counted, noise, shape, options_.transport, options_.sampling);
    const auto count = static_cast<size_t>(pictures.size(0));
    rows_.insert(rows_.end(), count, counted.rows() / pictures.size(0));
    return sample;
  }

  FrozenSit net_;
  BatchFlowOptions options_;
  std::vector<float> times_;
  std::vector<int64_t> rows_;  // of the last run, by picture
};

}  // namespace

std::unique_ptr<BatchFlow> make_batch_flow(const FrozenSit& net, int64_t pictures,
                                           const BatchFlowOptions& options, DeviceStream& stream) {
  options.sampling.check_for(net.options().in_channels);
  const at::NoGradGuard no_gradients;
  Accelerator::of(net.device())->synchronise();  // weights may still be on their way
  std::optional<StepTable> table = step_table(options.transport, options.sampling);
  if (!table) return std::make_unique<IntegratedFlow>(net, options);
  return std::make_unique<RecordedFlow>(net, pictures, std::move(*table), options, stream);
}

}  // namespace gpst
