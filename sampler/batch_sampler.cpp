#include "sampler/batch_sampler.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <span>
#include <utility>

#include "base/interrupt.h"
#include "flow/class_rows.h"
#include "nn/worker_pool.h"
#include "ops/accelerator.h"
#include "ops/quantise.h"
#include "ops/sample_tokens.h"
#include "ops/token_columns.h"
#include "sampler/batch_decoder.h"
#include "sampler/batch_flow.h"
#include "sampler/padded_batch.h"
#include "tokenizer/picture_tensor.h"

namespace gpst {
namespace {

// Batches whose pictures may be under way at the same time: one computed, one copied, one written.
constexpr size_t kInFlight = 3;

using Items = std::span<const SampleItem>;

void copy_numbers(const std::vector<int64_t>& numbers, const at::Tensor& to /* [B] int64 */) {
  std::ranges::copy(numbers, to.mutable_data_ptr<int64_t>());
}

Picture8 picture_of(const HostPictures& pictures, int64_t row) {
  check_numbers(pictures.first_nan.narrow(0, row, 1), pictures.bytes.size(1),
                pictures.bytes.size(2));
  return picture_of_bytes(pictures.bytes[row]);
}

// The host's side of a batch under way.
struct Slot {
  at::Tensor pictures, labels;            // [B] int64, pinned
  at::Tensor layout;                      // [B,l,5], pinned
  HostPictures made;                      //
  std::vector<std::future<void>> takers;  // of its pictures

  // Waits until all pictures are taken; then the slot can be filled again.
  void finish() {
    for (std::future<void>& taker : std::exchange(takers, {})) taker.get();
  }
};

}  // namespace

class BatchSampler::Impl {
 public:
  Impl(const PictureSampler& sampler, const BatchSamplerOptions& options)
      : batch_(options.pictures),
        threads_(options.threads),
        texture_(sampler.texture().options()),
        accelerator_(Accelerator::of(sampler.texture().net().device())),
        compute_(accelerator_->make_stream()),
        layouts_(sampler.layouts().batched(batch_)),
        flow_(make_batch_flow(sampler.texture().net(), batch_, flow_options(sampler), *compute_)),
        decoder_(sampler.tokenizer(), batch_, sampler.layouts().tokens(),
                 sampler.options().rounding, *compute_) {
    allocate(sampler.layouts().tokens(), sampler.texture().net().device());
  }

  void run(Items items, const PictureTaker& take) {
    for (Slot& slot : slots_) slot.takers.clear();  // of a run that was broken off
    WorkerPool pool(threads_);
    const auto size = static_cast<size_t>(batch_);
    const auto batch_at = [&](size_t first) {
      return items.subspan(first, std::min(size, items.size() - first));
    };
    const auto layouts_of = [&](size_t first) {
      return std::async(std::launch::async,
                        [this, batch = batch_at(first)] { return layouts_->layouts(batch); });
    };
    std::future<Layout> next;
    if (!items.empty()) next = layouts_of(0);
    for (size_t first = 0, n = 0; first < items.size(); first += size, ++n) {
      throw_if_interrupted();
      const Layout layout = next.get();
      if (first + size < items.size()) next = layouts_of(first + size);
      Slot& slot = slots_[n % kInFlight];
      slot.finish();
      issue(slot, batch_at(first), layout);
      hand_out(slot, batch_at(first), take, pool);
    }
    for (Slot& slot : slots_) slot.finish();
  }

  int64_t model_rows() const { return model_rows_; }

 private:
  static BatchFlowOptions flow_options(const PictureSampler& sampler) {
    return {.transport = sampler.texture().options().transport,
            .sampling = sampler.options().sampling,
            .tokens = sampler.layouts().tokens(),
            .seed = sampler.options().texture_seed,
            .purposes = {}};
  }

  void allocate(int64_t tokens, at::Device device) {
    const auto on_device = at::TensorOptions(device);
    pictures_ = at::zeros({batch_}, on_device.dtype(at::kLong));
    labels_ = at::zeros({batch_}, on_device.dtype(at::kLong));
    layout_ = at::zeros({batch_, tokens, kGeometry}, on_device.dtype(at::kFloat));
    const auto row = [&](const std::vector<double>& values) {
      return at::tensor(values, at::kDouble).to(device, at::kFloat);
    };
    means_ = row(texture_.statistics.mean);
    stds_ = row(texture_.statistics.std);
    for (Slot& slot : slots_) {
      slot.pictures = accelerator_->pinned({batch_}, at::kLong);
      slot.labels = accelerator_->pinned({batch_}, at::kLong);
      slot.layout = accelerator_->pinned(layout_.sizes(), at::kFloat);
      slot.made = decoder_.make_buffers();
    }
    accelerator_->synchronise();
  }

  // Everything from the numbers of a batch to its pictures' way to the host, without waiting.
  void issue(Slot& slot, Items items, const Layout& layout) {
    const at::NoGradGuard no_gradients;
    const PaddedBatch batch = padded_batch(items, batch_);
    copy_numbers(batch.textures, slot.pictures);
    slot.labels.copy_(class_rows(batch.labels, texture_.model.num_classes));
    const int64_t count = layout.tiles(), rest = batch_ - count;
    slot.layout.narrow(0, 0, count).copy_(layout.values());
    if (rest > 0) slot.layout.narrow(0, count, rest).copy_(layout.values().narrow(0, count - 1, 1));
    compute_->run([&] {
      pictures_.copy_(slot.pictures, /*non_blocking=*/true);
      labels_.copy_(slot.labels, /*non_blocking=*/true);
      layout_.copy_(slot.layout, /*non_blocking=*/true);
      const at::Tensor condition = encode_condition(layout_, texture_.condition_encoding);
      const at::Tensor sample = flow_->run(pictures_, labels_, condition);  // [B,5+c,l]
      model_rows_ += flow_->model_rows(count);
      decoder_.decode(sample_tokens(sample, means_, stds_, layout_), slot.made);
    });
  }

  static void hand_out(Slot& slot, Items items, const PictureTaker& take, WorkerPool& pool) {
    for (size_t i = 0; i < items.size(); ++i) {
      slot.takers.push_back(pool.submit([&slot, &take, item = items[i], i] {
        slot.made.copied->wait();
        take(item, picture_of(slot.made, static_cast<int64_t>(i)));
      }));
    }
  }

  int64_t batch_;  // B
  int threads_;
  TextureOptions texture_;
  std::shared_ptr<Accelerator> accelerator_;
  std::unique_ptr<DeviceStream> compute_;
  std::unique_ptr<BatchLayouts> layouts_;
  std::unique_ptr<BatchFlow> flow_;
  std::atomic<int64_t> model_rows_ = 0;
  at::Tensor pictures_, labels_;  // [B] int64
  at::Tensor layout_;             // [B,l,5]
  at::Tensor means_, stds_;       // [5+c]
  std::array<Slot, kInFlight> slots_;
  BatchDecoder decoder_;  // its destructor waits for the device: before the buffers go
};

BatchSampler::BatchSampler(const PictureSampler& sampler, const BatchSamplerOptions& options)
    : impl_(std::make_unique<Impl>(sampler, options)) {}

BatchSampler::~BatchSampler() = default;

void BatchSampler::run(const std::vector<SampleItem>& items, const PictureTaker& take) {
  impl_->run(items, take);
}

int64_t BatchSampler::model_rows() const { return impl_->model_rows(); }

}  // namespace gpst
