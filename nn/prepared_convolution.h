// A convolution of a frozen network on channels-last maps. On the CPU the weight is brought once
// into the layout that the processor's products read, and ReLU is applied to the sums.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace gpst {

struct ConvolutionPlace {
  std::vector<int64_t> stride = {1, 1};   // [height,width]
  std::vector<int64_t> padding = {0, 0};  // [height,width]
  // A map that will come, [B,in,H,W]: the weight is prepared for it at once, instead of by the
  // first call for the map it brings.
  std::vector<int64_t> input = {};
};

enum class Epilogue { none, relu };

// Computes in float32 or bfloat16, as PreparedLinear, where its weight is. The best layout may
// depend on the size of the map: the weight is prepared for the first that comes, which others can
// use, more slowly if they would have liked another. What the constructor got is let go then: there
// is one copy of the weight. Copies share it. Const methods may be called from several threads.
class PreparedConvolution {
 public:
  // On the CPU a float32 `weight` is kept as it is (it may lie in a mapped file) until prepared.
  // ConfigError unless `type` is float32 or bfloat16.
  PreparedConvolution(const at::Tensor& weight /* [out,in,h,w] f32 */,
                      const at::Tensor& bias /* [out] f32 */, ConvolutionPlace place,
                      Epilogue epilogue = Epilogue::none, at::ScalarType type = at::kFloat);

  // Without gradients. x [B,in,H,W] of type() -> [B,out,H',W'], channels-last.
  at::Tensor operator()(const at::Tensor& x) const;

  at::ScalarType type() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gpst
