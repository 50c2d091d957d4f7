#include "tokenizer/upsample_conv.h"

#include <ATen/ATen.h>

#include <array>

namespace gpst {
namespace {

// Which of the three weights along an axis fall on which of the two pixels: output 0 reaches from
// the pixel before into its own, output 1 from its own into the one behind.
constexpr std::array kFolds = {
    std::array{std::array{1, 0, 0}, std::array{0, 1, 1}},
    std::array{std::array{1, 1, 0}, std::array{0, 0, 1}},
};

// The sums as one matrix: row 3*r+s, column of output (a,b) and pixel (i,j).
at::Tensor fold_matrix(at::TensorOptions options) {
  const at::Tensor matrix = at::empty({9, 16}, at::kFloat);
  float* entry = matrix.mutable_data_ptr<float>();
  for (int r = 0; r < 3; ++r)
    for (int s = 0; s < 3; ++s)
      for (int a = 0; a < 2; ++a)
        for (int b = 0; b < 2; ++b)
          for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j)
              *entry++ = static_cast<float>(kFolds[a][i][r] * kFolds[b][j][s]);
  return matrix.to(options);
}

// [out,in,3,3] -> [4,out,in,2,2], output (a,b) at 2*a+b.
at::Tensor folded(const at::Tensor& weight) {
  const int64_t out = weight.size(0), in = weight.size(1);
  return at::mm(weight.reshape({out * in, 9}), fold_matrix(weight.options()))  // [out*in,16]
      .view({out, in, 4, 2, 2})
      .permute({2, 0, 1, 3, 4});
}

}  // namespace

UpsampleConv::UpsampleConv(int64_t in, int64_t out)
    : conv_(register_module("conv", std::make_shared<ConvLayer>(in, out, 3))) {}

at::Tensor UpsampleConv::forward(const at::Tensor& x) const {
  const int64_t height = x.size(2), width = x.size(3);
  const at::Tensor weight = folded(conv_->weight());
  std::array<at::Tensor, 2> rows;
  for (int64_t a = 0; a < 2; ++a) {
    std::array<at::Tensor, 2> columns;
    for (int64_t b = 0; b < 2; ++b) {
      columns[b] = at::conv2d(x, weight[2 * a + b].contiguous(), conv_->bias(), 1, /*padding=*/1)
                       .slice(2, a, a + height)
                       .slice(3, b, b + width);  // [B,out,H,W]
    }
    rows[a] = at::stack(columns, 4);  // [B,out,H,W,2]
  }
  return at::stack(rows, 3)  // [B,out,H,2,W,2]
      .view({x.size(0), -1, 2 * height, 2 * width})
      .contiguous(x.suggest_memory_format());
}

}  // namespace gpst
