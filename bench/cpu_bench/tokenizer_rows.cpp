#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <memory>

#include "bench/cpu_bench/row.h"
#include "bench/random_tokens.h"
#include "ops/render.h"
#include "ops/render_ops.h"
#include "tokenizer/model.h"
#include "tokenizer/tokenizer.h"

namespace gpst::bench {
namespace {

// M128 with random weights: the published sizes are the defaults.
std::shared_ptr<const Tokenizer> m128() {
  auto model = std::make_shared<TokenizerModel>(TokenizerOptions());
  initialise(*model, 1);
  return std::make_shared<const Tokenizer>(Tokenizer(model).to(at::kCPU, at::kFloat));
}

// Waves whose detail is spread unevenly. [3,side,side]
at::Tensor picture(int64_t side) {
  const at::Tensor i = at::arange(side, at::kFloat) * (256.0 / static_cast<double>(side));
  const at::Tensor wave = at::outer(at::sin(i * 0.13), at::cos(i * 0.07 + 0.001 * i * i));
  return at::stack({wave, wave.t(), wave.flip(0)});
}

Row partition_row() {
  return {"partition 256x256, 128 tokens", [] {
            return [tokenizer = m128(), input = picture(256)] { tokenizer->partition(input); };
          }};
}

Row render_row() {
  return {"render 64x64x16, 128 Gaussians", [] {
            return
                [input = random_tokens(1, 128, 16)] { render(input, {.height = 64, .width = 64}); };
          }};
}

Row render_gradient_row() {
  return {"render 64x64x16, 128 Gaussians, backward", [] {
            return [input = random_tokens(1, 128, 16), gradient = at::randn({1, 16, 64, 64})] {
              ops::render_backward(gradient, input, RenderOptions().dmax);
            };
          }};
}

Row encode_row() {
  return {"M128 encode 256x256",
          [] { return [tokenizer = m128(), input = picture(256)] { tokenizer->encode(input); }; }};
}

Row decode_row() {
  return {"M128 decode 256x256", [] {
            auto tokenizer = m128();
            return [tokenizer, encoded = tokenizer->encode(picture(256))] {
              tokenizer->decode(encoded);
            };
          }};
}

}  // namespace

std::vector<Row> tokenizer_rows() {
  return {partition_row(), render_row(), render_gradient_row(), encode_row(), decode_row()};
}

}  // namespace gpst::bench
