// The generator's net with fused kernels, step by step as a captured graph runs it.
#include <gtest/gtest.h>

#include "nn/frozen_sit.h"
#include "tests/support/golden_sit.h"
#include "tests/support/kernel_device.h"
#include "tests/support/signal_ratio.h"

namespace gpst {
namespace {

class FrozenSitGolden : public ::testing::Test {
 protected:
  at::Tensor io(const std::string& name) const { return golden_tensor(io_, name); }

  // Row by row, since every row of the golden batch has a time of its own: [N,C,l,1].
  at::Tensor forward(at::ScalarType type) {
    const KernelScope kernels;
    const FrozenSit net(golden_sit("generator", io("fwd_cond").size(2)), kernel_device(), type);
    const at::Tensor t = io("fwd_t"), x = io("fwd_x");
    const SitSchedule schedule = net.schedule({t.const_data_ptr<float>(), size_t(t.numel())});
    SitBatch batch = net.make_batch({.pictures = 1, .tokens = x.size(2)}, schedule);
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; i < x.size(0); ++i) {
      const auto row = [&](const char* name) { return to_kernels(io(name).narrow(0, i, 1)); };
      net.fill(batch, row("fwd_y"), row("fwd_cond"));
      net.load_steps(batch, schedule, 0);
      const at::Tensor index = to_kernels(at::full({1}, i, at::kInt));
      const at::Tensor both = net.step(row("fwd_x"), index, batch, SitRows::both);  // [2,C,l]
      rows.push_back(both.narrow(0, 0, 1).unsqueeze(3).cpu());
    }
    return at::cat(rows);
  }

  SafetensorsFile io_ = open_golden("generator/io.safetensors");
};

TEST_F(FrozenSitGolden, Float32) {
  EXPECT_TRUE(tensors_close(forward(at::kFloat), io("fwd_out"), {.absolute = 5e-5}));
}

TEST_F(FrozenSitGolden, Bfloat16) {
  EXPECT_GT(signal_ratio_db(forward(at::kBFloat16), io("fwd_out")), 45);
}

}  // namespace
}  // namespace gpst
