// ATen operators on meta tensors (shapes without data) that LibTorch knows in Python only. A model
// run on meta tensors throws wherever a tensor of the host is mixed in, so such a run proves that
// every constant is made on the device of the weights.
#pragma once

#include <ATen/ATen.h>
#include <torch/library.h>

namespace gpst {

// The operators exist while it lives.
class MetaOps {
 public:
  MetaOps() : library_(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__) {
    library_.impl("index_select", index_select);
    library_.impl("convolution_overrideable", convolution);
    library_.impl("native_layer_norm", layer_norm);
    library_.impl("_safe_softmax", softmax);
  }

 private:
  static at::Tensor index_select(const at::Tensor& self, int64_t dim, const at::Tensor& index) {
    TORCH_CHECK(index.is_meta(), "index_select: meta tensor with an index on ", index.device());
    std::vector<int64_t> sizes = self.sizes().vec();
    sizes.at(static_cast<size_t>(dim)) = index.numel();
    return at::empty(sizes, self.options());
  }

  // Stride 1, no dilation: [B,C,H,W] and [out,C,k,k].
  static at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight,
                                const std::optional<at::Tensor>& bias, at::IntArrayRef,
                                at::IntArrayRef padding, at::IntArrayRef, bool, at::IntArrayRef,
                                int64_t) {
    TORCH_CHECK(weight.is_meta() && (!bias || bias->is_meta()), "convolution: weights on ",
                weight.device());
    TORCH_CHECK(weight.scalar_type() == input.scalar_type(), "convolution: weights of type ",
                weight.scalar_type(), ", input of ", input.scalar_type());
    const auto side = [&](int64_t dim) {
      return input.size(dim) + 2 * padding[static_cast<size_t>(dim - 2)] - weight.size(dim) + 1;
    };
    return at::empty({input.size(0), weight.size(0), side(2), side(3)}, input.options(),
                     input.suggest_memory_format());
  }

  // Over the last axis.
  static std::tuple<at::Tensor, at::Tensor, at::Tensor> layer_norm(
      const at::Tensor& input, at::IntArrayRef shape, const std::optional<at::Tensor>& weight,
      const std::optional<at::Tensor>& bias, double) {
    TORCH_CHECK(shape.size() == 1 && (!weight || weight->is_meta()) && (!bias || bias->is_meta()),
                "layer norm: weights of another device");
    const at::Tensor statistics =
        at::empty(input.sizes().slice(0, input.dim() - 1), input.options());
    return {at::empty_like(input), statistics, statistics};
  }

  static at::Tensor softmax(const at::Tensor& self, int64_t, std::optional<at::ScalarType> type) {
    return at::empty_like(self, self.options().dtype(type.value_or(self.scalar_type())));
  }

  torch::Library library_;
};

}  // namespace gpst
