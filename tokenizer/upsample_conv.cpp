#include "tokenizer/upsample_conv.h"

#include <ATen/ATen.h>

#include <array>

namespace gpst {
namespace {

// Which of the three weights along an axis fall on which of the two pixels: output 0 reaches from
// the pixel before into its own, output 1 from its own into the one behind. So weight r of output a
// falls on pixel i where (r > a) == i: [3,2,2], made where the weights are.
at::Tensor axis_folds(at::TensorOptions options) {
  const auto count = [&](int64_t n) { return at::arange(n, options.dtype(at::kLong)); };
  const at::Tensor r = count(3).view({3, 1, 1}), a = count(2).view({1, 2, 1});
  return at::eq(at::gt(r, a), count(2)).to(options);
}

// The sums as one matrix: row 3*r+s, column of output (a,b) and pixel (i,j).
at::Tensor fold_matrix(at::TensorOptions options) {
  const at::Tensor axis = axis_folds(options);
  const at::Tensor rows = axis.view({3, 1, 2, 1, 2, 1}), columns = axis.view({1, 3, 1, 2, 1, 2});
  return (rows * columns).reshape({9, 16});
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
    : out_(out), conv_(register_module("conv", std::make_shared<ConvLayer>(in, out, 3))) {}

at::Tensor UpsampleConv::forward(const at::Tensor& x) const {
  if (frozen_) return forward_frozen(x);
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

void UpsampleConv::freeze(at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const at::Tensor weight = folded(conv_->weight()).flatten(0, 1);  // [4*out,in,2,2]
  const at::Tensor bias = conv_->bias().repeat({4});                // [4*out]
  frozen_.emplace(weight, bias, ConvolutionPlace{.padding = {1, 1}}, Epilogue::none, type);
  conv_->drop_weights();
}

// As one convolution, which reads x once.
at::Tensor UpsampleConv::forward_frozen(const at::Tensor& x) const {
  const int64_t height = x.size(2), width = x.size(3);
  const at::Tensor all = (*frozen_)(x);  // [B,4*out,H+1,W+1]
  at::Tensor result = at::empty({x.size(0), out_, 2 * height, 2 * width}, all.options(),
                                at::MemoryFormat::ChannelsLast);
  for (int64_t a = 0; a < 2; ++a) {
    for (int64_t b = 0; b < 2; ++b) {
      result.slice(2, a, 2 * height, 2)
          .slice(3, b, 2 * width, 2)
          .copy_(all.narrow(1, (2 * a + b) * out_, out_).narrow(2, a, height).narrow(3, b, width));
    }
  }
  return result;
}

}  // namespace gpst
