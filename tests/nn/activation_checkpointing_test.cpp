#include "nn/activation_checkpointing.h"

#include <ATen/autocast_mode.h>
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "nn/sit.h"

namespace gpst {
namespace {

// The most bytes LibTorch's CPU allocator held at once, beyond those at the start.
class PeakBytes : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override {
    now_ += size;
    peak_ = std::max(peak_, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t peak() const { return peak_; }

 private:
  int64_t now_ = 0;
  int64_t peak_ = 0;
};

// LibTorch's own allocator meanwhile, which reports what it does; another test may have installed
// the arena.
class ReportingAllocator {
 public:
  ReportingAllocator() : before_(c10::GetCPUAllocator()) {
    c10::SetCPUAllocator(c10::GetDefaultCPUAllocator(), kPriority);
  }
  ~ReportingAllocator() { c10::SetCPUAllocator(before_, kPriority); }

 private:
  static constexpr uint8_t kPriority = 1;
  c10::Allocator* before_;
};

SitOptions deep_net() {
  SitOptions net;
  net.name = std::string("deep");
  net.depth = 8;
  net.hidden_size = 32;
  net.num_heads = 2;
  net.latent_size = 64;
  net.num_classes = 3;
  net.in_channels = 7;
  net.learn_sigma = false;
  return net;
}

at::Tensor waves(at::IntArrayRef sizes) {
  const at::Tensor steps = at::arange(c10::multiply_integers(sizes), at::kFloat);
  return at::sin(0.7 * steps).view(sizes);
}

struct Pass {
  at::Tensor loss;
  std::vector<at::Tensor> gradients;
  int64_t peak = 0;
};

class ActivationCheckpointing : public testing::Test {
 protected:
  void SetUp() override {
    net_.initialise(4);
    // The last projections start at zero, and with them most gradients.
    const at::NoGradGuard no_gradients;
    for (at::Tensor& weights : net_.module().parameters()) {
      weights.add_(0.02 * waves(weights.sizes()));
    }
  }

  Pass pass(bool recomputed, bool bfloat16 = false) {
    recompute_blocks(net_.module(), recomputed);
    net_.module().zero_grad();
    const ReportingAllocator allocator;
    const auto meter = std::make_shared<PeakBytes>();
    Pass result;
    {
      const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, meter);
      at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
      at::autocast::set_autocast_enabled(at::kCPU, bfloat16);
      at::autocast::increment_nesting();
      result.loss = net_.forward(waves({4, 7, 64, 1}), waves({4}).abs(),
                                 at::tensor({0, 1, 2, 3}, at::kLong), waves({4, 64, 5}))
                        .square()
                        .mean();
      if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
      at::autocast::set_autocast_enabled(at::kCPU, false);
      result.loss.backward();
    }
    for (const at::Tensor& weights : net_.module().parameters()) {
      result.gradients.push_back(weights.grad().defined() ? weights.grad().clone() : at::Tensor());
    }
    result.peak = meter->peak();
    return result;
  }

  void expect_same(const Pass& plain, const Pass& again) {
    EXPECT_TRUE(at::equal(plain.loss, again.loss));
    ASSERT_EQ(plain.gradients.size(), again.gradients.size());
    for (size_t i = 0; i < plain.gradients.size(); ++i) {
      ASSERT_EQ(plain.gradients[i].defined(), again.gradients[i].defined()) << i;
      if (!plain.gradients[i].defined()) continue;
      EXPECT_TRUE(at::equal(plain.gradients[i], again.gradients[i])) << i;
    }
  }

  Sit net_{deep_net(), 5};
};

TEST_F(ActivationCheckpointing, gradients_are_the_same_bits) {
  expect_same(pass(false), pass(true));
}

TEST_F(ActivationCheckpointing, in_bfloat16_too) {
  const Pass half = pass(false, true);
  EXPECT_FALSE(at::equal(half.loss, pass(false).loss));
  expect_same(half, pass(true, true));
}

TEST_F(ActivationCheckpointing, takes_less_memory) {
  const int64_t plain = pass(false).peak, recomputed = pass(true).peak;
  EXPECT_GT(plain, 0);
  EXPECT_LT(recomputed, plain / 2);
}

TEST_F(ActivationCheckpointing, inference_is_as_ever) {
  const at::NoGradGuard no_gradients;
  recompute_blocks(net_.module(), true);
  const at::Tensor output = net_.forward(waves({1, 7, 64, 1}), waves({1}).abs(),
                                         at::tensor({0}, at::kLong), waves({1, 64, 5}));
  EXPECT_FALSE(output.requires_grad());
}

}  // namespace
}  // namespace gpst
