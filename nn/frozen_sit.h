// A SiT for sampling (numerics.md 6): weights on one device in one type, prepared once, and buffers
// of fixed address, so that a captured graph of one step serves all.
//
// The shifts, scales and gates of every layer depend on time and class alone, not on the tokens:
// they are computed for many steps at once, in one product with all adaLN weights stacked, and a
// step reads its row of that table by a counter that lives on the device.
//
// In bfloat16 the projections and the attention of the blocks compute in bfloat16; the tokens
// between the layers, the embedders and the last projection stay float32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nn/prepared_linear.h"
#include "nn/sit.h"

namespace gpst {

// The times of a run, with their embeddings.
struct SitSchedule {
  std::vector<float> times;
  at::Tensor embedding;  // [T,D] float32
};

struct SitBatchSize {
  int64_t pictures = 1;                    // B
  int64_t tokens = 0;                      // l
  int64_t table_bytes = int64_t{1} << 30;  // at most so much for SitBatch::modulation
};

// What the steps of a batch of pictures read. fill() and load_steps() renew the values in place.
struct SitBatch {
  at::Tensor added;       // [B,l,D] float32 embedded condition; [1,l,D] positions without one
  at::Tensor labels;      // [B+1,D] float32; the last row is "no class"
  at::Tensor modulation;  // [S,B+1,(6*depth+2)*D] shifts, scales and gates; time i in row i % S
  at::Tensor rows;        // [2B] int64, the label of each row: 0..B-1, then B times B

  int64_t pictures() const { return labels.size(0) - 1; }
  int64_t steps() const { return modulation.size(0); }  // S
};

// Rows a step computes: each picture with its class, or in a second half also without (guidance.h).
enum class SitRows { with_class, both };

// Frozen: later changes of the net it was made from do not show, copies share their weights.
// Methods record no gradients, start their work on the current stream and never wait for it; errors
// are InputErrors about shapes. Several threads may use one, each with its own batch.
class FrozenSit {
 public:
  // ConfigError unless `type` is float32 or bfloat16.
  FrozenSit(const Sit& net, at::Device device, at::ScalarType type);
  // The same, and lets go of the weights of `net` one by one on its way: they are never held twice.
  // No copy of `net` can be used afterwards.
  FrozenSit(Sit&& net, at::Device device, at::ScalarType type);

  const SitOptions& options() const { return options_; }
  at::Device device() const;
  at::ScalarType type() const { return modulations_.front().type(); }

  SitSchedule schedule(std::span<const float> times) const;

  // Buffers, not yet filled. The table holds all times, or fewer where table_bytes do not suffice.
  SitBatch make_batch(const SitBatchSize& size, const SitSchedule& schedule) const;

  // The classes and conditions of a batch; every class below num_classes. Then call load_steps.
  void fill(SitBatch& batch, const at::Tensor& y /* [B] int64 */,
            const at::Tensor& condition /* [B,l,K] or undefined */ = {}) const;

  // Computes the table of the times first, first+1, ... as far as it holds them; `first` is a
  // multiple of batch.steps(). With all times held one call a batch serves the whole run.
  void load_steps(SitBatch& batch, const SitSchedule& schedule, int64_t first) const;

  // The net at time number `index`, whose table must be loaded: float32 [R,C,l], a transposed view
  // of [R,l,C]; R is B, or 2B with the classless rows behind.
  at::Tensor step(const at::Tensor& x /* [B,C,l,1] float32 */,
                  const at::Tensor& index /* [1] int32, on the device */, const SitBatch& batch,
                  SitRows rows) const;

 private:
  // Row number `index` of the table for the first `rows` of batch.rows: [rows,(6*depth+2)*D].
  at::Tensor table_rows(const SitBatch& batch, const at::Tensor& index, int64_t rows) const;

  using AfterUse = void (*)(const at::Tensor& weight);
  FrozenSit(const Sit& net, at::Device device, at::ScalarType type, AfterUse after_use);

  struct Block {
    PreparedLinear qkv, proj, fc1, fc2;
  };
  // All blocks: tokens [R,l,D] float32 in and out.
  at::Tensor through_blocks(at::Tensor tokens, const at::Tensor& modulation) const;

  SitOptions options_;
  std::shared_ptr<const SitModule> embedders_;  // and the last projection; has no blocks
  std::vector<Block> blocks_;
  std::vector<PreparedLinear> modulations_;  // of the blocks, then of the last layer
};

}  // namespace gpst
