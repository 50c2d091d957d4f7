#include "sampler/generated_batch.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <utility>
#include <vector>

#include "flow/class_rows.h"
#include "layout_gen/calibrated_layout.h"
#include "layout_gen/layout_transform.h"
#include "ops/accelerator.h"
#include "sampler/batch_flow.h"
#include "sampler/padded_batch.h"

namespace gpst {
namespace {

class GeneratedBatch final : public BatchLayouts {
 public:
  GeneratedBatch(const LayoutModel& model, const GeneratedBatchOptions& options,
                 const BatchPlace& place)
      : options_(options),
        place_{.device = place.device, .type = at::kFloat, .pictures = place.pictures},
        statistics_(model.options().statistics),
        classes_(model.net().options().num_classes),
        stream_(Accelerator::of(place.device)->make_stream()) {
    model.options().check_for_sampling();
    flow_ = make_batch_flow(
        model.net(),
        {.transport = model.options().transport,
         .sampling = model.options().sampling,
         .tokens = model.tokens(),
         .seed = options.seed,
         .purposes = {.initial = Purpose::layout_noise, .step = Purpose::layout_step_noise}},
        place_, *stream_);
  }

  Layout layouts(std::span<const SampleItem> items) override {
    const at::NoGradGuard no_gradients;
    const PaddedBatch batch = padded_batch(items, place_.pictures);
    class_and_none_rows(batch.labels, classes_);  // refuses classes that do not exist
    const auto on_device = [&](const std::vector<int64_t>& numbers) {
      return at::tensor(numbers, at::kLong).to(place_.device);
    };
    at::Tensor generated;  // [B,l,5]
    stream_->run([&] {
      const at::Tensor x = flow_->run(on_device(batch.pictures), on_device(batch.labels), {});
      generated = layout_from_sample(x.unsqueeze(-1), statistics_).values().to(at::kCPU);
    });
    const auto count = static_cast<int64_t>(items.size());
    return calibrate(Layout(generated.narrow(0, 0, count)), options_.calibration, options_.init);
  }

 private:
  GeneratedBatchOptions options_;
  BatchPlace place_;
  ChannelStatistics statistics_;
  int64_t classes_;
  std::unique_ptr<DeviceStream> stream_;
  std::unique_ptr<BatchFlow> flow_;
};

}  // namespace

std::unique_ptr<BatchLayouts> generated_batch(const LayoutModel& model,
                                              const GeneratedBatchOptions& options,
                                              const BatchPlace& place) {
  return std::make_unique<GeneratedBatch>(model, options, place);
}

}  // namespace gpst
