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
  GeneratedBatch(const LayoutSampler& generator, int64_t pictures,
                 const GeneratedBatchOptions& options)
      : options_(options),
        pictures_(pictures),
        device_(generator.net().device()),
        statistics_(generator.options().statistics),
        classes_(generator.net().options().num_classes),
        stream_(Accelerator::of(device_)->make_stream()) {
    flow_ = make_batch_flow(
        generator.net(), pictures,
        {.transport = generator.options().transport,
         .sampling = generator.options().sampling,
         .tokens = generator.tokens(),
         .seed = options.seed,
         .purposes = {.initial = Purpose::layout_noise, .step = Purpose::layout_step_noise}},
        *stream_);
  }

  Layout layouts(std::span<const SampleItem> items) override {
    const at::NoGradGuard no_gradients;
    const PaddedBatch batch = padded_batch(items, pictures_);
    at::Tensor generated;  // [B,l,5]
    stream_->run([&] {
      const at::Tensor x = flow_->run(at::tensor(batch.layouts, at::kLong).to(device_),
                                      class_rows(batch.labels, classes_).to(device_), {});
      generated = layout_from_sample(x.unsqueeze(-1), statistics_).values().to(at::kCPU);
    });
    const auto count = static_cast<int64_t>(items.size());
    return calibrate(Layout(generated.narrow(0, 0, count)), options_.calibration, options_.init);
  }

 private:
  GeneratedBatchOptions options_;
  int64_t pictures_;
  at::Device device_;
  ChannelStatistics statistics_;
  int64_t classes_;
  std::unique_ptr<DeviceStream> stream_;
  std::unique_ptr<BatchFlow> flow_;
};

}  // namespace

std::unique_ptr<BatchLayouts> generated_batch(const LayoutSampler& generator, int64_t pictures,
                                              const GeneratedBatchOptions& options) {
  return std::make_unique<GeneratedBatch>(generator, pictures, options);
}

}  // namespace gpst
